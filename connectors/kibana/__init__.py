"""What Kibana shows of an index: data views, searches, queries and dashboards, built here and imported over HTTP.

Built for Kibana 8.19; later versions migrate what they import. Every object says which version its shape has.
"""
