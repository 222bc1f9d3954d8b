"""What both backends promise, checked on both."""
