"""Longer tests of streams on Prism."""
