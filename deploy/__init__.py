"""What runs straitwire: local demo, locked requirements, the feed list."""
