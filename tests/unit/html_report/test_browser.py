"""The page in a real browser: what is drawn, what is asked of the network, and what the keyboard and pointer do."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import zlib
from collections import Counter
from pathlib import Path

import pytest

from connectors.index import Filters
from connectors.open_index import open_index
from pipeline.html_report.figures import figures_of
from pipeline.html_report.page import report_page
from schemas.report_words import ReportLanguage
from tests.browser import NoBrowserError, browser_page, find_browser
from tests.conftest import is_continuous_integration
from tests.unit.html_report.hostile import hostile_index
from tests.unit.html_report.test_page import NOW

pytestmark = pytest.mark.timeout(1200)
BOX = "(one) => { const box = one.getBoundingClientRect(); return [box.x, box.y + scrollY, box.width, box.height]; }"


@pytest.fixture(scope="module", autouse=True)
def browser():
    try:
        return find_browser()
    except NoBrowserError as error:
        if is_continuous_integration():
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def pictures(tmp_path):
    """Where screenshots go; STRAITWIRE_SCREENSHOTS names a folder to look at them in."""
    folder = Path(os.environ.get("STRAITWIRE_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def page_file(folder, location, language=ReportLanguage.ENGLISH):
    index = open_index(location)
    text = report_page(figures_of(index, Filters(), NOW), language)
    index.close()
    path = folder / f"report-{language.value}.html"
    path.write_text(text, encoding="utf-8")
    return path


def colours(picture):
    """How often each colour is in a PNG of 8-bit colours."""
    stream = io.BytesIO(picture[8:])
    width = channels = 0
    packed = b""
    while header := stream.read(8):
        length, kind = struct.unpack(">I4s", header)
        body = stream.read(length)
        stream.read(4)
        if kind == b"IHDR":
            width, _, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8
            channels = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            packed += body
    raw, stride = zlib.decompress(packed), width * channels
    found, before = Counter(), bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        before = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, channels)
        found.update(bytes(before[place : place + 3]) for place in range(0, stride, channels))
    return found


def unfiltered(kind, line, before, step):
    """Source: PNG specification (third edition), section 9."""
    for place in range(len(line)):
        left = line[place - step] if place >= step else 0
        above = before[place]
        corner = before[place - step] if place >= step else 0
        if kind == 1:
            line[place] = (line[place] + left) & 255
        elif kind == 2:
            line[place] = (line[place] + above) & 255
        elif kind == 3:
            line[place] = (line[place] + (left + above) // 2) & 255
        elif kind == 4:
            guess = left + above - corner
            nearest = min(
                (abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner)
            )
            line[place] = (line[place] + nearest[2]) & 255
    return line


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        pytest.param(ReportLanguage.ENGLISH, "light", 1280, id="English, light"),
        pytest.param(ReportLanguage.KOREAN, "dark", 1280, id="Korean, dark"),
        pytest.param(ReportLanguage.JAPANESE, "light", 420, id="Japanese, narrow"),
    ],
)
def test_what_is_drawn(demo, tmp_path, pictures, language, scheme, width):
    path = page_file(tmp_path, demo.sqlite, language)
    picture = pictures / f"report-{language.value}-{scheme}-{width}.png"

    async def look():
        async with browser_page() as page:
            await page.open(path.as_uri(), width, 1000, scheme)
            seen = {
                "columns": await page.value("document.querySelectorAll('svg.chart rect').length"),
                "chart": await page.value(f"({BOX})(document.querySelector('svg.chart'))"),
                "bars": await page.value(f"[...document.querySelectorAll('.bars .fill')].map({BOX})"),
                "shares": await page.value(f"[...document.querySelectorAll('svg.share')].map({BOX})"),
                "stories": await page.value("document.querySelectorAll('#stories tbody tr').length"),
                "wide": await page.value("document.documentElement.scrollWidth"),
                "unnamed": await page.value(
                    "[...document.querySelectorAll('svg, input, [role=region]')]"
                    ".filter((one) => !one.getAttribute('aria-label')).length"
                ),
                "levels": await page.value("[...document.querySelectorAll('h1,h2,h3')].map((one) => one.tagName)"),
            }
            picture.write_bytes(await page.picture())
            longest = max(seen["bars"], key=lambda box: box[2])
            drawn = [colours(await page.picture(box)) for box in ((2, 2, 20, 20), seen["chart"], longest)]
            return page, seen, drawn

    page, seen, (corner, in_chart, in_bar) = asyncio.run(look())
    assert page.complaints == []
    assert page.requests == [path.as_uri()]
    assert seen["stories"] == 25
    assert seen["columns"] > 15
    assert seen["wide"] <= width, "the page itself does not scroll sideways"
    assert seen["unnamed"] == 0
    assert seen["levels"][:3] == ["H1", "H2", "H3"]
    background = corner.most_common(1)[0][0]
    assert (sum(background) > 600) == (scheme == "light")
    vivid = {colour: count for colour, count in in_chart.items() if max(colour) - min(colour) > 40 and count > 60}
    assert len(vivid) >= 6, "the columns have the colours of several topics"
    assert sum(vivid.values()) > 0.02 * sum(in_chart.values())
    assert len(seen["bars"]) >= 8
    assert in_bar.most_common(1)[0][1] > 0.8 * sum(in_bar.values())
    assert seen["bars"][0][2] > seen["bars"][1][2] > 0, "longer bars for larger counts"
    assert len(seen["shares"]) >= 10


def test_rows_are_sorted_and_filtered(demo, tmp_path):
    path = page_file(tmp_path, demo.sqlite)
    rows = "[...document.querySelectorAll('#stories tbody tr')].filter((row) => !row.hidden)"
    head = "document.querySelectorAll('#stories thead th')[4]"

    async def use():
        async with browser_page() as page:
            await page.open(path.as_uri(), 1280, 900)
            await page.value(f"{head}.querySelector('button').click()")
            falling = await page.value(f"{rows}.map((row) => Number(row.cells[4].textContent))")
            said = await page.value(f"{head}.getAttribute('aria-sort')")
            await page.value(f"{head}.querySelector('button').click()")
            rising = await page.value(f"{rows}.map((row) => Number(row.cells[4].textContent))")
            await page.value(
                "(() => { const field = document.querySelector('.filter input'); field.value = 'YONHAP';"
                " field.dispatchEvent(new Event('input')); })()"
            )
            left = await page.value(f"{rows}.map((row) => row.textContent)")
            return page, falling, said, rising, left

    page, falling, said, rising, left = asyncio.run(use())
    assert falling == sorted(falling, reverse=True)
    assert falling[0] >= 3
    assert said == "descending"
    assert rising == sorted(rising)
    assert 0 < len(left) < 25
    assert all("Yonhap" in row for row in left)
    assert page.complaints == []


def test_print_leaves_out_what_paper_cannot_do(demo, tmp_path, pictures):
    path = page_file(tmp_path, demo.sqlite)

    async def look():
        async with browser_page() as page:
            await page.open(path.as_uri(), 1000, 1400, "dark", "print")
            shown = await page.value(
                "['nav', '.filter', '.skip'].map((one) => getComputedStyle(document.querySelector(one)).display)"
            )
            ground = await page.value("getComputedStyle(document.body).backgroundColor")
            (pictures / "report-print.png").write_bytes(await page.picture())
            return shown, ground

    shown, ground = asyncio.run(look())
    assert shown == ["none"] * 3
    assert ground == "rgb(255, 255, 255)"


def test_hostile_articles_do_nothing(tmp_path, pictures):
    location = str(tmp_path / "hostile.db")
    hostile_index(location)
    path = page_file(tmp_path, location)

    async def look():
        async with browser_page() as page:
            await page.open(path.as_uri(), 1280, 900)
            await page.value("document.querySelectorAll('summary').forEach((one) => one.click())")
            await page.value(
                "document.querySelectorAll('td, th, bdi').forEach((one) => one.dispatchEvent(new Event('mouseover')))"
            )
            frames = await page.value("document.querySelectorAll('iframe, img, object, embed').length")
            scripts = await page.value("document.scripts.length")
            (pictures / "report-hostile.png").write_bytes(await page.picture())
            return page, frames, scripts

    page, frames, scripts = asyncio.run(look())
    assert (frames, scripts) == (0, 1)
    assert page.requests == [path.as_uri()]
    assert page.complaints == []
