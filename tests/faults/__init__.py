"""Long loads of the Elasticsearch sink while a real server is killed, paused, blocked and lied about."""
