"""What this process has counted, as Prometheus reads it: over HTTP on loopback, or from a file."""

from __future__ import annotations

import logging
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.tally import TALLY, Distribution, Sums
from schemas.errors import ConfigError

_LOG = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER_VARIABLE = "STRAITWIRE_METRICS_FOLDER"
"""Workers on a cluster have no command line: each writes ``straitwire-<process>.prom`` into the folder it names."""

_WRITE_SECONDS = 10.0
_TURNED_AWAY = ("rejected", "failed")


def exposition(sums: Sums) -> str:
    """The sums in the text format of Prometheus.

    Source: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4.

    >>> print(exposition(Sums({"tag_topics": {"received": 3, "rejected_off_topic": 1}})).splitlines()[2])
    straitwire_elements_total{stage="tag_topics",way="received",reason=""} 3
    """
    lines = [
        "# HELP straitwire_elements_total Elements by stage: received, emitted, rejected and failed by reason.",
        "# TYPE straitwire_elements_total counter",
    ]
    for stage, names in sorted(sums.counters.items()):
        for name, value in sorted(names.items()):
            way, _, reason = name.partition("_")
            if way not in _TURNED_AWAY:
                way, reason = name, ""
            lines.append(f"straitwire_elements_total{_labels(stage=stage, way=way, reason=reason)} {value}")
    lines += _distributions(sums.distributions)
    lines += [
        "# HELP straitwire_feed_lag_seconds From the publication of a feed's last indexed article to the index.",
        "# TYPE straitwire_feed_lag_seconds gauge",
    ]
    for feed_id, seconds in sorted(sums.lag_seconds.items()):
        lines.append(f"straitwire_feed_lag_seconds{_labels(feed=feed_id)} {seconds:.3f}")
    resident = _resident_bytes()
    if resident:
        lines += [
            "# HELP straitwire_resident_memory_bytes Memory that this process holds, its children not counted.",
            "# TYPE straitwire_resident_memory_bytes gauge",
            f"straitwire_resident_memory_bytes {resident}",
        ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    lines += [
        "# HELP straitwire_peak_memory_bytes Most memory that this process has held.",
        "# TYPE straitwire_peak_memory_bytes gauge",
        f"straitwire_peak_memory_bytes {peak}",
    ]
    return "\n".join(lines) + "\n"


def _resident_bytes() -> int:
    """0 where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _distributions(distributions: Mapping[str, Mapping[str, Distribution]]) -> Iterator[str]:
    names = sorted({name for own in distributions.values() for name in own})
    for name in names:
        yield f"# HELP straitwire_{name} By stage; the last word of the name is the unit."
        yield f"# TYPE straitwire_{name} histogram"
        for stage, own in sorted(distributions.items()):
            if name in own:
                yield from _classes(f"straitwire_{name}", stage, own[name])


def _classes(metric: str, stage: str, one: Distribution) -> Iterator[str]:
    below = 0
    for bound, count in zip((*one.bounds, "+Inf"), one.classes, strict=True):
        below += count
        yield f"{metric}_bucket{_labels(stage=stage, le=str(bound))} {below}"
    yield f"{metric}_sum{_labels(stage=stage)} {one.total:.3f}"
    yield f"{metric}_count{_labels(stage=stage)} {one.count}"


def _labels(**values: str) -> str:
    r"""Label values with what the format escapes.

    >>> print(_labels(feed='a"b'))
    {feed="a\"b"}
    """

    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{escaped(text)}"' for name, text in values.items()) + "}"


@contextmanager
def metrics_exported(port: int | None = None, file: str = "") -> Iterator[int]:
    """Export while the block runs; the port that is listened on, 0 for none.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        file: written anew every ten seconds and at the end, whole at any moment.
    Errors: ConfigError for a port that is taken, or a file that cannot be written.
    """
    with ExitStack() as stack:
        if file:
            stack.enter_context(_written(Path(file)))
        yield stack.enter_context(_served(port)) if port is not None else 0


@contextmanager
def _served(port: int) -> Iterator[int]:
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise ConfigError(f"--metrics-port {port} cannot be used: {error.strerror}; name another one") from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:  # the library's name
        known = self.path.partition("?")[0] in ("/metrics", "/")
        body = exposition(TALLY.sums()).encode() if known else b"see /metrics\n"
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """A scrape is no event."""


@contextmanager
def _written(path: Path) -> Iterator[None]:
    _write(path)
    ended = threading.Event()
    thread = threading.Thread(target=_write_until, args=(path, ended.wait), name="metrics-file", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_WRITE_SECONDS)
        _write(path)


def _write(path: Path) -> None:
    """Replace the file: a collector never reads half of it."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(exposition(TALLY.sums()), encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"metrics cannot be written to {path}: {error.strerror}; name another file") from error


def _write_until(path: Path, wait: Callable[[float], bool]) -> None:
    while not wait(_WRITE_SECONDS):
        try:
            _write(path)
        except ConfigError as error:  # a disk that is full for a while must not end the stream
            _LOG.warning("%s", error)


_exporting = threading.Lock()


def export_from_environment() -> None:
    """Once a process: write metrics into the folder that the environment names, if any, until the process ends."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and _exporting.acquire(blocking=False):
        path = Path(folder) / f"straitwire-{os.getpid()}.prom"
        threading.Thread(
            target=_write_until, args=(path, threading.Event().wait), name="metrics-file", daemon=True
        ).start()
