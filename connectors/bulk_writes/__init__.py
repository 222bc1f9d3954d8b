"""Bulk writes to an Elasticsearch with one outcome for every action; imports nothing of ours and no Beam.

``bulk_action`` makes actions and ``bulk_answer`` reads what became of them (both pure); ``bulk_limits`` and
``bulk_retries`` say how much and how often is sent; ``bulk_sender`` sends, through a ``bulk_transport``.
Together with ``pipeline/elasticsearch_io`` this folder is a package of its own: the two can be lifted out.
"""
