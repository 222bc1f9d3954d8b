"""The outside world: feeds, pages, files, archives and the two index backends. No Beam here."""
