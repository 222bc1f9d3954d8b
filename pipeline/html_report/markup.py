"""Pieces of HTML in which nothing that an article says can become markup, script or a request. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pipeline.html_report.figures import SEOUL_AND_TOKYO

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Markup(str):
    """Text that is HTML already; any other text is escaped where it is put in."""

    __slots__ = ()


def safe(text: object) -> Markup:
    """The text as HTML; control characters, and those that turn the direction of writing, are left out.

    >>> safe('</script><b onclick="x">')
    '&lt;/script&gt;&lt;b onclick=&quot;x&quot;&gt;'
    """
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_UNPRINTABLE.sub("", str(text)), quote=True))


def element(name: str, *children: object, **attributes: object) -> Markup:
    """An element; an attribute that is None or False is left out, ``class_`` and ``for_`` lose their underscore.

    >>> element("td", "a < b", class_="number", hidden=None)
    '<td class="number">a &lt; b</td>'
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{safe(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(children: Iterable[object]) -> Markup:
    """Pieces one after the other."""
    return Markup("".join(safe(child) for child in children))


def link(url: str, *children: object) -> Markup:
    """A link to a page of the web; to anything else (``javascript:``, ``data:``, ``file:``) only the words.

    >>> link("javascript:alert(1)", "Read")
    '<bdi>Read</bdi>'
    """
    if not _is_page(url):
        return element("bdi", *children)
    attributes = {"href": url, "rel": "noopener noreferrer", "referrerpolicy": "no-referrer", "target": "_blank"}
    return element("a", element("bdi", *children), **attributes)


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"[\s\x00-\x1f]", url)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: what it shows, what it sorts by, and whether it is a figure."""

    shown: object
    sort: object = ""
    is_figure: bool = False
    class_: str = ""


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], identity: str = "") -> Markup:
    """A table that can be sorted by its headings and read aloud."""
    figures = [bool(rows) and all(row[place].is_figure for row in rows) for place in range(len(columns))]
    heads = [
        element("th", element("button", name, type="button"), scope="col", class_="figure" if figure else None)
        for name, figure in zip(columns, figures, strict=True)
    ]
    body = [
        element("tr", *[
            element(
                "th" if place == 0 and not cell.is_figure else "td",
                cell.shown,
                scope="row" if place == 0 and not cell.is_figure else None,
                class_=" ".join(filter(None, (cell.class_, "figure" if cell.is_figure else ""))) or None,
                data_sort=cell.sort if cell.sort != "" else None,
            )
            for place, cell in enumerate(row)
        ])
        for row in rows
    ]  # fmt: skip
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="unseen"),
            element("thead", element("tr", *heads)),
            element("tbody", *body),
        ),
        class_="scrolled",
        id=identity or None,
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def moment(when: datetime | None, otherwise: str) -> Markup:
    """A time as it is in Seoul and Tokyo."""
    if when is None:
        return element("span", otherwise, class_="quiet")
    local = when.astimezone(SEOUL_AND_TOKYO)
    return element("time", f"{local:%Y-%m-%d %H:%M}", datetime=local.isoformat(timespec="minutes"))


def duration(seconds: float | None, units: str = "min h d") -> str:
    """A length of time, short; "" when it is not known. ``units`` are minutes, hours and days, in words.

    >>> duration(90), duration(4000), duration(200000), duration(0)
    ('1.5 min', '1.11 h', '2.31 d', '0 min')
    """
    if seconds is None:
        return ""
    minutes, hours, days = units.split()
    for unit, size, least in ((days, 86400, 129600), (hours, 3600, 3600)):
        if seconds >= least:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 * size else f"{seconds / size:,.0f} {unit}"
    return f"{seconds / 60:.2g} {minutes}" if seconds < 600 else f"{seconds / 60:.0f} {minutes}"
