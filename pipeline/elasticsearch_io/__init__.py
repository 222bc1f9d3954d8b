"""An Elasticsearch sink for Beam Python that loses nothing.

Knows nothing of straitwire: of ours it imports only ``connectors.bulk_writes``, which imports nothing of ours.
"""

from pipeline.elasticsearch_io.connection import (
    Connection,
    Credentials,
    EnvironmentCredentials,
    FileCredentials,
    NoCredentials,
)
from pipeline.elasticsearch_io.element_actions import ActionFields
from pipeline.elasticsearch_io.results import FailedWrite, WriteResult, Written
from pipeline.elasticsearch_io.write_across_bundles import AcrossBundles
from pipeline.elasticsearch_io.write_bundles import SinkOptions
from pipeline.elasticsearch_io.write_to_elasticsearch import WriteToElasticsearch

__all__ = [
    "AcrossBundles",
    "ActionFields",
    "Connection",
    "Credentials",
    "EnvironmentCredentials",
    "FailedWrite",
    "FileCredentials",
    "NoCredentials",
    "SinkOptions",
    "WriteResult",
    "WriteToElasticsearch",
    "Written",
]
