"""Documents are loaded while the server is killed, paused, blocked and overloaded, through a proxy that lies.

``python -m tests.faults.fault_load [DOCUMENTS]``, 20,000 by default. Ends with an error unless every document is there
exactly once, in its newest revision, or among the failures with a reason.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from connectors.bulk_writes.bulk_limits import Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from pipeline.elasticsearch_io import ActionFields, SinkOptions
from tests.contract.lying_proxy import (
    Exchange,
    LyingProxy,
    Reply,
    changed,
    cut_off,
    honest,
    lying_proxy,
    reset_after,
    reset_before,
    twice,
)
from tests.elasticsearch_server import ElasticsearchServer
from tests.faults.sink_load import INDEX, load, request, stored

_LOG = logging.getLogger(__name__)
DOCUMENTS = 20_000
# One write at a time and one waiting: with six bulks on their way most are refused at first.
TINY_QUEUE = {"thread_pool.write.size": "1", "thread_pool.write.queue_size": "1"}
_OPTIONS = SinkOptions(
    Limits(50, 200_000), RetryPolicy(attempts=2000, seconds=600, longest_pause_seconds=5, request_timeout_seconds=15), 6
)
_MAPPING = {
    "mappings": {
        "dynamic": "strict",
        "properties": {"key": {"type": "keyword"}, "revision": {"type": "long"}, "text": {"type": "text"}},
    }
}


@dataclass
class Progress:
    """How far the load may go before the next fault begins, and which lies were told."""

    acknowledged: int = 0
    gate: float = 0.0
    faults_made: int = 0
    told: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def documents(number: int) -> list[dict[str, Any]]:
    """Documents, and then a second revision of every tenth."""
    draw = Random(11)
    rows = [{"key": f"{n:06d}", "revision": 1, "text": f"{draw.getrandbits(400):x} " * 8} for n in range(number)]
    return rows + [{**row, "revision": 2, "text": "revised " + row["text"]} for row in rows[::10]]


def key(row: dict[str, Any]) -> str:
    return row["key"]


def revision(row: dict[str, Any]) -> int:
    return row["revision"]


def lie_now_and_then(progress: Progress, seed: int = 3) -> Callable[[Exchange], Reply]:
    """A trick that gates and counts, and lies about one request in six."""
    draw = Random(seed)
    lies: dict[str, Callable[[Exchange], Reply]] = {
        "reset before": reset_before,
        "reset after": reset_after,
        "cut off": cut_off,
        "delivered twice": twice,
        "no items": changed(lambda body: body.pop("items", None)),
        "items of others": changed(lambda body: body.get("items", []).reverse()),
        "late": lambda exchange: (time.sleep(0.5), exchange.forward())[1],
    }

    def trick(exchange: Exchange) -> Reply:
        while progress.acknowledged >= progress.gate:
            time.sleep(0.02)
        with progress.lock:
            name = draw.choice(list(lies)) if draw.random() < 1 / 6 else "honest"
            progress.told[name] += 1
        try:
            reply = lies.get(name, honest)(exchange)
        except (OSError, ValueError):  # the server is away, or answers no JSON
            return Reply(0, b"")
        with progress.lock:
            progress.told[f"status {reply.status}"] += 1
            progress.told["items refused by a full queue"] += reply.body.count(b'"status":429')
            if reply.status == 200:
                progress.acknowledged += exchange.body.count(b'{"index"')
        return reply

    return trick


def kill(server: ElasticsearchServer) -> None:
    """SIGKILL, and a restart with what was on disk."""
    server.kill()
    server.start()


def pause(seconds: float) -> Callable[[ElasticsearchServer], None]:
    """SIGSTOP for a while."""

    def fault(server: ElasticsearchServer) -> None:
        server.pause()
        time.sleep(seconds)
        server.resume()

    return fault


def block(server: ElasticsearchServer) -> None:
    """The index is read-only for a while."""
    settings = f"{server.url}/{INDEX}/_settings"
    request(settings, "PUT", {"index.blocks.read_only_allow_delete": True})
    time.sleep(3)
    request(settings, "PUT", {"index.blocks.read_only_allow_delete": None})


def fill_disk(server: ElasticsearchServer) -> None:
    """The disk counts as full, until the server itself makes the index read-only; then it has room again."""
    prefix = "cluster.routing.allocation.disk"
    full = {
        "cluster.info.update.interval": "10s", f"{prefix}.threshold_enabled": True, f"{prefix}.watermark.low": "0.1%",
        f"{prefix}.watermark.high": "0.1%", f"{prefix}.watermark.flood_stage": "0.1%",
    }  # fmt: skip
    request(f"{server.url}/_cluster/settings", "PUT", {"persistent": full})
    give_up_at = time.monotonic() + 90
    while "read_only_allow_delete" not in str(request(f"{server.url}/{INDEX}/_settings")):
        if time.monotonic() > give_up_at:
            raise AssertionError("the server did not block the index")
        time.sleep(0.5)
    time.sleep(3)
    request(f"{server.url}/_cluster/settings", "PUT", {"persistent": dict.fromkeys(full)})
    # The next look at the disk lifts the block; where the check is off altogether nothing does.
    request(f"{server.url}/{INDEX}/_settings", "PUT", {"index.blocks.read_only_allow_delete": None})


ALL_FAULTS = (kill, kill, block, kill, pause(60.0), kill, fill_disk, kill)
SHORT_FAULTS = (kill, pause(3.0), block)


def run(server: ElasticsearchServer, number: int, faults: Sequence[Callable[[ElasticsearchServer], None]]) -> str:
    """Load under these faults, check everything, and say what happened."""
    rows = documents(number)
    request(f"{server.url}/{INDEX}", "PUT", _MAPPING)
    progress = Progress(gate=number / (len(faults) + 2))
    with lying_proxy(server.url) as proxy:
        proxy.always = lie_now_and_then(progress)
        _make_trouble(server, proxy, progress, number, faults)
        loaded = load(proxy.url, rows, ActionFields(INDEX, id=key, version=revision), _OPTIONS)
    assert progress.faults_made == len(faults), "not every fault could be made before the load ended"
    newest = {row["key"]: row for row in rows}
    assert len(loaded.written) + len(loaded.failed) == len(rows)
    assert all(failed.reason and failed.detail for failed in loaded.failed)
    lost = {failed.document_id for failed in loaded.failed}
    held = {identity: (version, content) for identity, version, content in stored(server.url)}
    expected = {identity: (row["revision"], row) for identity, row in newest.items() if identity not in lost}
    assert {identity: what for identity, what in held.items() if identity not in lost} == expected
    assert request(f"{server.url}/{INDEX}/_count")["count"] == len(held)
    told = ", ".join(f"{name} {times}" for name, times in sorted(progress.told.items()))
    counters = ", ".join(f"{name} {value}" for name, value in sorted(loaded.counters.items()))
    return (
        f"{number} documents and {len(rows) - number} second revisions, {len(faults)} faults: {len(held)} documents "
        f"there once and in their newest revision, {len(loaded.failed)} failures\n  proxy: {told}\n  sink: {counters}"
    )


def _make_trouble(
    server: ElasticsearchServer,
    proxy: LyingProxy,
    progress: Progress,
    number: int,
    faults: Sequence[Callable[[ElasticsearchServer], None]],
) -> None:
    """One fault after the other; each begins when its share of the documents has been taken."""

    def make() -> None:
        try:
            for order, fault in enumerate(faults, 2):
                while progress.acknowledged < progress.gate:
                    time.sleep(0.02)
                progress.gate = number * order / (len(faults) + 2)
                proxy.requests.clear()
                _LOG.info("fault %d of %d at %d documents", order - 1, len(faults), progress.acknowledged)
                fault(server)
                progress.faults_made += 1
        finally:
            progress.gate = float("inf")
        # Linux ends the server with the thread that started it, and the check needs it still.
        threading.Event().wait()

    threading.Thread(target=make, daemon=True).start()


def main() -> None:
    """Run and print."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    _LOG.setLevel(logging.INFO)
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    number = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    server = ElasticsearchServer(settings=TINY_QUEUE, start_seconds=400)
    server.start()
    try:
        started = time.monotonic()
        said = run(server, number, ALL_FAULTS)
        sys.stdout.write(f"{said}\n  {time.monotonic() - started:.0f} s\n")
    finally:
        server.resume()
        server.stop()


if __name__ == "__main__":
    main()
