"""Tables learned from text, and the text that we wrote for the ones that ship."""
