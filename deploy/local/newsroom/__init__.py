"""The demo newsroom: a small invented press on a loopback server, for the first run and for tests."""
