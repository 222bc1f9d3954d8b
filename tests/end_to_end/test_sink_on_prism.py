"""The sink in a stream of tiny bundles on a real runner: gathered by time, every element written or failed once."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.transforms.periodicsequence import PeriodicImpulse
from elasticsearch import Elasticsearch

from pipeline.elasticsearch_io import AcrossBundles, ActionFields, WriteToElasticsearch
from pipeline.prism_server import prism_server
from pipeline.run_stream import stream_options

SECONDS, GAP_SECONDS = 6.0, 0.05
START_SECONDS = 8.0
"""Until the first element: what comes due before the pipeline runs would come at once."""
REFUSED_EVERY = 10

_SEEN: list[tuple[str, str, float]] = []
_LOCK = threading.Lock()


class _See(beam.DoFn):
    """Workers are threads of this process, so what they see can be kept here."""

    def __init__(self, output: str) -> None:
        super().__init__()
        self._output = output

    def process(self, element: Any) -> None:
        with _LOCK:
            _SEEN.append((self._output, element.element["id"], time.monotonic()))


@pytest.mark.slow
@pytest.mark.timeout(180)
# A thread of Beam's own may still read from Prism when that ends.
@pytest.mark.filterwarnings("ignore:Exception in thread read_state:pytest.PytestUnhandledThreadExceptionWarning")
def test_elements_that_come_one_by_one_are_gathered_by_time(elasticsearch_url: str, prism) -> None:
    _SEEN.clear()
    index = f"gathered-{uuid.uuid4().hex[:12]}"
    client = Elasticsearch(elasticsearch_url)
    fields = {"n": {"type": "integer"}, "id": {"type": "keyword"}}
    client.indices.create(index=index, mappings={"dynamic": "strict", "properties": fields})
    begun = time.time() + START_SECONDS

    def row(moment: float) -> dict[str, Any]:
        number = round((moment - begun) / GAP_SECONDS)
        return {"id": f"e{number}", "n": "no number" if number % REFUSED_EVERY == 0 else number}

    with prism_server(prism) as endpoint:
        pipeline = beam.Pipeline(runner=PortableRunner(), options=stream_options(endpoint))
        result = (
            pipeline
            | PeriodicImpulse(begun, begun + SECONDS, GAP_SECONDS)
            | beam.Map(row)
            | WriteToElasticsearch(
                elasticsearch_url,
                ActionFields(index, id=lambda element: element["id"]),
                across_bundles=AcrossBundles(shards=2, wait_seconds=1.0),
            )
        )
        result.written | "SeeWritten" >> beam.ParDo(_See("written"))
        result.failed | "SeeFailed" >> beam.ParDo(_See("failed"))
        pipeline.run().wait_until_finish()
    client.indices.refresh(index=index)
    stored = client.count(index=index)["count"]
    bulks = client.indices.stats(index=index, metric="bulk")["_all"]["primaries"]["bulk"]["total_operations"]
    client.indices.delete(index=index)
    client.close()

    expected = {f"e{number}" for number in range(round(SECONDS / GAP_SECONDS))}
    names = [name for _, name, _ in _SEEN]
    assert len(names) == len(set(names)), "an element left twice"
    assert set(names) == expected
    refused = {name for output, name, _ in _SEEN if output == "failed"}
    assert refused == {name for name in expected if int(name[1:]) % REFUSED_EVERY == 0}
    assert stored == len(expected) - len(refused)
    assert bulks <= len(expected) / 4, "what comes one by one is sent together"
    arrivals = sorted(moment for _, _, moment in _SEEN)
    assert arrivals[-1] - arrivals[0] > SECONDS / 2, "the timer sends while the stream runs, not at its end"
