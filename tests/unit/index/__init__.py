"""The text part of the index: terms, passages, queries."""
