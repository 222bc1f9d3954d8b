"""The relevance gate, the 34 topics, entities and contested names: pure functions over title and body."""
