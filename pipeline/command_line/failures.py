"""What a person sees when a command fails: one plain sentence, and an exit code that says whose fault it was."""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.command_line.console import error_console
from schemas.errors import ConfigError, StraitwireError, where_it_broke

WRONG_USE = 2
OUR_FAULT = 3
CLOSED_PIPE = 128 + 13
"""What a shell reports for a program that SIGPIPE ended, as ``head`` ends its source."""

_BEAM_STEP = re.compile(r"\s*\[while running '[^']*'\]")


def run_to_exit_code(application: Callable[[], object]) -> int:
    """Run the application; the exit code. Errors become one sentence on standard error.

    Guarantees: no traceback, except of a fault of ours when STRAITWIRE_TRACEBACK is set.
    """
    # Beam logs the traceback of what a step raised, before it raises it again here.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    try:
        application()
    except StraitwireError as error:
        return _tell(one_line(str(error)), WRONG_USE)
    except BrokenPipeError:
        _forget_output()
        return CLOSED_PIPE
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            _forget_output()
            return _tell(f"cannot write: {error.strerror}; make room and run again", WRONG_USE)
        return _tell_fault(error)
    except Exception as error:  # whatever it is, a person is told what to do
        return _tell_fault(error)
    return 0


@contextmanager
def closed_pipe_told() -> Iterator[None]:
    """Keep a closed pipe apart from other errors: the command-line library would exit with 1, which means failures."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        _forget_output()
        raise SystemExit(CLOSED_PIPE) from error


def one_line(message: str) -> str:
    """The message without line breaks and without what Beam adds to it.

    >>> one_line("no answer [while running 'Index/Write']")
    'no answer'
    """
    return " ".join(_BEAM_STEP.sub("", message).split())


def reason_of(error: OSError) -> str:
    """What the system says, in words, whoever raised it.

    >>> reason_of(OSError(21, "[errno 21] cannot open"))
    'Is a directory'
    """
    return os.strerror(error.errno) if error.errno else one_line(str(error))


def cannot_write(path: str, error: OSError) -> ConfigError:
    """The error for a file that cannot be written."""
    return ConfigError(f"cannot write {path}: {reason_of(error)}; name another file")


def _tell_fault(error: Exception) -> int:
    if os.environ.get("STRAITWIRE_TRACEBACK"):
        traceback.print_exception(error)
    return _tell(
        f"a fault of straitwire itself: {one_line(where_it_broke(error))}. What is indexed is safe and the next run "
        "goes on; please report this with what STRAITWIRE_TRACEBACK=1 prints",
        OUR_FAULT,
    )


def _tell(sentence: str, exit_code: int) -> int:
    error_console().print(f"straitwire: {sentence}", markup=False)
    return exit_code


def _forget_output() -> None:
    """Let nothing more be written to standard output, not even at the end of the process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
