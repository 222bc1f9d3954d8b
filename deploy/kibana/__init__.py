"""Kibana's objects as a file, for those who import them by hand; ``straitwire setup --kibana`` needs no file."""
