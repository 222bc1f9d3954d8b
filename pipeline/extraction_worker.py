"""The child process that extracts pages, so that a page can be given up without giving up the run.

Talks over its standard streams: frames of a four-byte length and a pickle. One request, one reply, until the
parent closes the pipe. Started by ``pipeline.time_limit``; never by a person.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
from typing import IO, Any

from pipeline.text.extraction import extract
from schemas.errors import FailReason, PermanentError, where_it_broke

_WARM_UP = b"<html><body><h1>Bridge opens</h1><p>The bridge opened on Monday after years of work.</p>" * 3
LENGTH = struct.Struct(">I")


def serve(requests: IO[bytes], replies: IO[bytes], cpu_seconds: float, wall_seconds: float) -> None:
    """Answer requests until the parent goes away.

    Two clocks guard each page, both kept by the kernel and both with its default action, which ends the
    process even when it is deep in C code and even when the parent is dead: CPU time is the limit, wall time
    a backstop for a machine that has stopped giving us any.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    extract(_WARM_UP, "text/html", "", "")  # loads models, which must not count against the first page
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests, waiting), daemon=True).start()
    while True:
        arguments = waiting.get()
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)
        reply = _answer(arguments)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            write_frame(replies, reply)
        except BrokenPipeError:
            os._exit(0)  # the parent is gone, and with it whoever could read a traceback


def _answer(arguments: tuple[bytes, str, str, str, str, str]) -> Any:
    """The result, or the refusal; a bug of ours is a refusal too, and no other page's concern."""
    try:
        return extract(*arguments)
    except PermanentError as error:
        return error
    except (RecursionError, MemoryError) as error:
        return PermanentError(FailReason.UNPARSABLE_PAGE, f"more than the parser can hold: {type(error).__name__}")
    except Exception as error:
        return PermanentError(FailReason.INTERNAL_ERROR, where_it_broke(error))


def read_frame(stream: IO[bytes]) -> Any:
    """The next frame's value; EOFError when the other side is gone."""
    head = _read_exactly(stream, LENGTH.size)
    return pickle.loads(_read_exactly(stream, LENGTH.unpack(head)[0]))  # noqa: S301  # written by ourselves


def write_frame(stream: IO[bytes], value: Any) -> None:
    """Send one value."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def _read_requests(requests: IO[bytes], waiting: queue.SimpleQueue[Any]) -> None:
    """Hand requests on; leave at once when the parent is gone, whatever page is being worked on."""
    while True:
        try:
            waiting.put(read_frame(requests))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = stream.read(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]), float(sys.argv[2]))
