"""Streams: what is chosen, what the graph is called, what is refused, what is exported."""
