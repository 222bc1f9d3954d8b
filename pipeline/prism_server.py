"""Prism, the runner of ``straitwire stream`` on one machine: found, started, and never left behind.

Beam's own launcher downloads Prism in silence and leaves it running when the process that started it is killed.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from schemas.errors import ConfigError, StraitwireError

_LOG = logging.getLogger(__name__)

VERSION = "v2.77.0"
_START_SECONDS = 60.0
_END_SECONDS = 10.0
_LEVELS = {"ERROR": logging.ERROR, "WARN": logging.WARNING}

# A shell ends as Prism ends. Beside it waits another for the end of its standard input, which only we hold open: then
# we are gone, killed or not, and Prism is ended.
_GUARD = """
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(cat <&3 >/dev/null; kill -KILL "$child") 2>/dev/null &
exec 3<&- 2>/dev/null
wait "$child"
"""


def prism_path() -> Path:
    """Where ``deploy/prism`` puts the binary, or the one that STRAITWIRE_PRISM names."""
    named = os.environ.get("STRAITWIRE_PRISM")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "straitwire" / f"prism-{VERSION}"


def find_prism() -> Path:
    """The binary.

    Errors: ConfigError that names the command which builds it; nothing is downloaded here.
    """
    path = prism_path()
    if not os.access(path, os.X_OK):
        raise ConfigError(
            f"Prism, the runner for streams on one machine, is not at {path}: build it once with 'bash deploy/prism' "
            "(needs Go and about three minutes), or name a binary in STRAITWIRE_PRISM"
        )
    return path


@contextmanager
def prism_server(binary: Path) -> Iterator[str]:
    """Run Prism on loopback; the address of its job service.

    Guarantees: it ends with this block, and with this process, however that ends: a shell that holds the other
        end of a pipe kills it. In a session of its own, so that Ctrl-C at a terminal drains and does not end it.
    Errors: StraitwireError when it does not start.
    """
    # The address is told at the level "info".
    command = [str(binary), "-job_port", "0", "-serve_http=false", "-log_kind", "json", "-log_level", "info"]
    guard = subprocess.Popen(  # noqa: S603  # our own binary
        ["/bin/sh", "-c", _GUARD, "prism", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    if guard.stdin is None or guard.stderr is None:
        raise StraitwireError("Prism was started without pipes")
    address: queue.SimpleQueue[str] = queue.SimpleQueue()
    log = threading.Thread(target=_read_log, args=(guard.stderr, address), name="prism-log", daemon=True)
    log.start()
    try:
        try:
            endpoint = address.get(timeout=_START_SECONDS)
        except queue.Empty:
            endpoint = ""
        if not endpoint:
            raise StraitwireError(f"Prism ({binary}) did not start; run it by hand to see why")
        yield endpoint
    finally:
        if guard.poll() is not None:
            _LOG.error("Prism ended by itself with code %s", guard.returncode)
        guard.stdin.close()
        try:
            guard.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            guard.kill()
        log.join(_END_SECONDS)
        if not log.is_alive():  # whoever inherited the pipe may still hold its other end
            guard.stderr.close()


def _read_log(lines: IO[bytes], address: queue.SimpleQueue[str]) -> None:
    """Pass warnings on; "" as the address means that Prism has ended."""
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            _LOG.warning("prism: %s", line.decode(errors="replace").strip()[:2000])
            continue
        if row.get("msg") == "Serving JobManagement":
            address.put(str(row["endpoint"]))
        level = _LEVELS.get(str(row.get("level")))
        if level is not None:
            _LOG.log(level, "prism: %s", json.dumps(row, ensure_ascii=False)[:2000])
    address.put("")
