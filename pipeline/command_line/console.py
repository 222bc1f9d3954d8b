"""What a person sees: rich text on a terminal, plain lines elsewhere, one JSON value with ``--json``."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.index import MATCH_END, MATCH_START

_PLAIN_WIDTH = 160


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller; the library would end the process as if entries had failed."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def counted(count: int, noun: str, plural: str = "") -> str:
    """The count with its noun.

    >>> counted(1, "story", "stories"), counted(2, "entry", "entries"), counted(0, "copy", "copies")
    ('1 story', '2 entries', '0 copies')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def console() -> Console:
    """Standard output; wide where there is no terminal, so that lines are not broken for machines."""
    return _Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, soft_wrap=False)


def error_console() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """One JSON value, readable by people too; on one line without ``indent``."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, default=str) + "\n")


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], *, right: Iterable[str] = ()) -> Table:
    """A table of text; columns named in ``right`` are aligned to the right."""
    aligned = set(right)
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for column in columns:
        made.add_column(column, justify="right" if column in aligned else "left", overflow="fold")
    for row in rows:
        made.add_row(*[cell if isinstance(cell, Text) else Text(str(cell)) for cell in row])
    return made


def highlighted(snippet: str) -> Text:
    """A search snippet with its matches in bold; between brackets where there are no colours."""
    text = Text()
    for piece in snippet.split(MATCH_START):
        matched, separator, rest = piece.partition(MATCH_END)
        if separator:
            text.append(matched, style="bold yellow")
            text.append(rest)
        else:
            text.append(piece)
    return text


def plain_snippet(snippet: str) -> str:
    """The snippet with its matches between square brackets.

    >>> plain_snippet("a " + MATCH_START + "b" + MATCH_END + " c")
    'a [b] c'
    """
    return snippet.replace(MATCH_START, "[").replace(MATCH_END, "]")
