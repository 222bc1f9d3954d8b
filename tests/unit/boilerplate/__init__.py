"""Boilerplate: rules, stripping, recurring lines."""
