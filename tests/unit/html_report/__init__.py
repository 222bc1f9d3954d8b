"""The report as a page, read as a text and in a real browser."""
