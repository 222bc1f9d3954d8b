"""Charts as SVG, drawn here, so that the page needs no library; colours are classes of the style sheet. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.html_report.markup import Markup, element, joined

COLOURS = 8
_WIDTH, _HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 30
_LABELS = 12
_TICKS = 4


def columns_over_time(
    title: str, periods: Mapping[datetime, Counter[str]], series: Sequence[tuple[str, str]], other: str
) -> Markup:
    """Stacked columns, one a period; ``series`` are (key, name), all other keys are one colour more."""
    named = [key for key, _ in series]
    heights = {
        start: [counts[key] for key in named] + [sum(counts.values()) - sum(counts[key] for key in named)]
        for start, counts in periods.items()
    }
    names = [name for _, name in series] + [other]
    top, step = _scale(max((sum(row) for row in heights.values()), default=0))
    drawn = [_grid(top, step)]
    slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(heights))
    width = min(slot * 0.72, 72)
    every = math.ceil(len(heights) / _LABELS)
    for place, (start, row) in enumerate(heights.items()):
        left = _LEFT + slot * place + (slot - width) / 2
        bottom = float(_HEIGHT - _BOTTOM)
        for colour, count in enumerate(row):
            if not count:
                continue
            height = count / top * (_HEIGHT - _TOP - _BOTTOM)
            bottom -= height
            said = element("title", f"{start:%Y-%m-%d} · {names[colour]}: {count}")
            drawn.append(_rectangle(left, bottom, width, height, f"c{min(colour, COLOURS)}", said))
        if place % every == 0:
            middle = left + width / 2
            drawn.append(_text(middle, _HEIGHT - 10, f"{start:%m-%d}", "middle"))
    return _figure(title, _WIDTH, _HEIGHT, drawn)


def bars(title: str, values: Sequence[tuple[str, int]], unit: str) -> Markup:
    """Horizontal bars with their figures; as HTML, so that long names wrap and are read in order."""
    most = max((count for _, count in values), default=0) or 1
    rows = [
        element(
            "li",
            element("span", element("bdi", name), class_="name"),
            element("span", element("span", class_="fill", style=f"width:{100 * count / most:.1f}%"), class_="track",
                    aria_hidden="true"),
            element("span", f"{count:,}", element("span", f" {unit}", class_="unseen"), class_="count"),
        )
        for name, count in values
    ]  # fmt: skip
    return element("ul", *rows, class_="bars", aria_label=title)


def shares(title: str, parts: Sequence[tuple[str, int, str]]) -> Markup:
    """One bar of parts that add up to a whole: (name, count, class)."""
    whole = sum(count for _, count, _ in parts) or 1
    left, drawn = 0.0, []
    for name, count, colour in parts:
        if count:
            width = 100 * count / whole
            drawn.append(_rectangle(left, 0, width, 10, colour, element("title", f"{name}: {count}")))
            left += width
    said = ", ".join(f"{name} {count}" for name, count, _ in parts if count)
    return element(
        "svg", *drawn, viewBox="0 0 100 10", preserveAspectRatio="none", role="img", class_="share",
        aria_label=f"{title}: {said}",
    )  # fmt: skip


def voices(independent: int, copies: int, said: str) -> Markup:
    """A filled mark for every independent outlet, a hollow one for every copy; long rows end in a plus."""
    shown = [("voice", independent), ("copy", copies)]
    marks, left = [], 5
    for kind, count in shown:
        for _ in range(min(count, 12)):
            marks.append(element("circle", cx=left, cy=6, r=4, class_=kind))
            left += 11
        if count > 12:
            marks.append(_text(left, 10, "+", "middle"))
            left += 11
    return element(
        "svg", *marks, viewBox=f"0 0 {max(left, 11)} 12", width=max(left, 11), height=12, role="img", aria_label=said,
        class_="voices",
    )  # fmt: skip


def legend(series: Sequence[tuple[str, int]]) -> Markup:
    """Names and totals of the colours, in their order."""
    return element(
        "ul",
        *[
            element("li", element("span", class_=f"swatch c{min(place, COLOURS)}", aria_hidden="true"), name, " ",
                    element("span", f"{count:,}", class_="quiet"))
            for place, (name, count) in enumerate(series)
        ],
        class_="legend",
    )  # fmt: skip


def _scale(largest: int) -> tuple[int, int]:
    """The top of the axis and its steps, in round numbers.

    >>> _scale(7), _scale(130), _scale(0)
    ((8, 2), (150, 50), (4, 1))
    """
    rough = max(1.0, largest / _TICKS)
    power = 10 ** math.floor(math.log10(rough))
    step = next(int(size * power) for size in (1, 2, 5, 10) if size * power >= rough)
    return max(step * _TICKS if largest == 0 else step * math.ceil(largest / step), 1), step


def _grid(top: int, step: int) -> Markup:
    lines = []
    for value in range(0, top + 1, step):
        height = _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)
        lines.append(
            element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=f"{height:.1f}", y2=f"{height:.1f}", class_="rule")
        )
        lines.append(_text(_LEFT - 8, height + 4, f"{value:,}", "end"))
    return joined(lines)


def _rectangle(left: float, top: float, width: float, height: float, colour: str, said: Markup) -> Markup:
    return element(
        "rect", said, x=f"{left:.2f}", y=f"{top:.2f}", width=f"{width:.2f}", height=f"{height:.2f}", class_=colour
    )


def _text(left: float, bottom: float, words: str, anchor: str) -> Markup:
    return element("text", words, x=f"{left:.1f}", y=f"{bottom:.1f}", text_anchor=anchor)


def _figure(title: str, width: int, height: int, drawn: Sequence[Markup]) -> Markup:
    return element(
        "svg", element("title", title), *drawn, viewBox=f"0 0 {width} {height}", role="img", aria_label=title,
        class_="chart",
    )  # fmt: skip
