"""What flows through straitwire and what is stored: records, settings, errors and data files."""
