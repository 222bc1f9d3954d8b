"""A quarter of the documents is poison of eight kinds: exactly those fail, and a mended mapping takes what it can.

``python -m tests.faults.poison_load [DOCUMENTS]``, 20,000 by default.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from random import Random
from typing import Any

from connectors.bulk_writes.bulk_limits import Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from pipeline.elasticsearch_io import ActionFields, SinkOptions
from tests.elasticsearch_server import ElasticsearchServer
from tests.faults.sink_load import INDEX, load, request, stored

DOCUMENTS = 20_000
SMALL_REQUESTS = {"http.max_content_length": "400kb"}
_MAPPING = {
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "key": {"type": "keyword"},
            "n": {"type": "long"},
            "at": {"type": "date"},
            "tag": {"type": "keyword"},
            "text": {"type": "text"},
        },
    }
}
_MENDED = {
    "properties": {
        "n": {"type": "long", "ignore_malformed": True},
        "at": {"type": "date", "ignore_malformed": True},
        "tag": {"type": "keyword", "ignore_above": 100},
        "surprise": {"type": "keyword"},
    }
}
MENDED = ("wrong number", "wrong date", "immense term", "unknown field")
REASONS = {
    "wrong number": "refused", "wrong date": "refused", "immense term": "refused", "unknown field": "refused",
    "broken update": "refused", "oversized": "too_large", "bad id": "bad_element", "no JSON": "bad_element",
}  # fmt: skip
_OPTIONS = SinkOptions(Limits(500, 2_000_000), RetryPolicy(seconds=120), 2)


def documents(number: int) -> list[dict[str, Any]]:
    """Every fourth is poison, mixed."""
    draw = Random(4)
    kinds = list(REASONS)
    rows = [
        {"key": f"{n:06d}", "kind": kinds[n // 4 % len(kinds)] if n % 4 == 0 else "good", "text": f"text {n}" * 5}
        for n in range(number)
    ]
    draw.shuffle(rows)
    return rows


def identity(row: dict[str, Any]) -> Any:
    """Bad ones are empty, too long, no text, or half a surrogate pair."""
    if row["kind"] != "bad id":
        return row["key"]
    return ("", "x" * 513, None, "\ud800")[int(row["key"]) // 32 % 4]


def operation(row: dict[str, Any]) -> str:
    return "update" if row["kind"] == "broken update" else "index"


def document(row: dict[str, Any]) -> Any:
    """The poison is in the document."""
    kind, plain = row["kind"], {"key": row["key"], "n": 1, "text": row["text"]}
    changes: dict[str, Any] = {
        "wrong number": {"n": "many"},
        "wrong date": {"at": "yesterday"},
        "immense term": {"tag": "x" * 40_000},
        "unknown field": {"surprise": "!"},
        "oversized": {"text": "x " * 250_000},
        "no JSON": {"n": {1, "2", None}},
    }
    # The server reads an update's lines before it does anything: one that it cannot read spoils the whole request.
    return '{"n": }' if kind == "broken update" else {**plain, **changes.get(kind, {})}


FIELDS = ActionFields(INDEX, id=identity, document=document, operation=operation)


def run(server: ElasticsearchServer, number: int) -> str:
    """Load, mend, load what failed again, and check both times."""
    rows = documents(number)
    request(f"{server.url}/{INDEX}", "PUT", _MAPPING)
    first = load(server.url, rows, FIELDS, _OPTIONS)
    poison = {row["key"] for row in rows if row["kind"] != "good"}
    good = {row["key"] for row in rows} - poison
    kinds = Counter((failed.element["kind"], failed.reason, failed.detail[:80]) for failed in first.failed)
    assert sorted(failed.element["key"] for failed in first.failed) == sorted(poison), kinds
    assert sorted(written.element["key"] for written in first.written) == sorted(good)
    for failed in first.failed:
        assert failed.reason.value == REASONS[failed.element["kind"]], failed
        assert failed.detail
        assert failed.element["text"] not in failed.detail
    assert {key for key, _, _ in stored(server.url)} == good

    request(f"{server.url}/{INDEX}/_mapping", "PUT", _MENDED)
    second = load(server.url, [failed.element for failed in first.failed], FIELDS, _OPTIONS)
    mended = {row["key"] for row in rows if row["kind"] in MENDED}
    assert sorted(written.element["key"] for written in second.written) == sorted(mended)
    assert sorted(failed.element["key"] for failed in second.failed) == sorted(poison - mended)
    assert {key for key, _, _ in stored(server.url)} == good | mended
    kinds = ", ".join(
        f"{kind} {times}" for kind, times in sorted(Counter(f.element["kind"] for f in first.failed).items())
    )
    return (
        f"{number} documents, {len(poison)} of them poison ({kinds}): exactly those failed; after the mapping was "
        f"mended {len(mended)} of them were written; {first.counters['bulks']} and {second.counters['bulks']} bulks"
    )


def main() -> None:
    """Run and print."""
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    number = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    server = ElasticsearchServer(settings=SMALL_REQUESTS)
    server.start()
    try:
        started = time.monotonic()
        said = run(server, number)
        sys.stdout.write(f"{said}\n  {time.monotonic() - started:.0f} s\n")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
