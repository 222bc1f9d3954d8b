"""The command line as a person meets it: what it answers, and what it says when something is wrong."""
