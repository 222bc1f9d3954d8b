"""Kibana objects, their import, and the report without Kibana."""
