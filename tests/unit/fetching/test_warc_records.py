from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.local_sources import load_page, read_entries
from schemas.errors import Failed, FailReason, PermanentError
from schemas.records import Entry, Page, SourceKind
from schemas.settings import RunSettings
from tests.unit.fetching.warc_writing import record, write_warc

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAMES = pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
HTML = "Content-Type: text/html"


def _read(path: Path) -> list[Entry | Failed]:
    return list(read_entries(RunSettings(warc=(str(path),))))


def _pages(path: Path) -> list[Page]:
    return [load_page(entry, NOW) for entry in _read(path) if isinstance(entry, Entry)]


@NAMES
def test_html_responses_become_pages(tmp_path: Path, name: str) -> None:
    korean = "<p>회담</p>".encode("euc-kr")  # "talks"
    path = write_warc(
        tmp_path / name,
        [
            record("", b"", kind="warcinfo", http=("software: none",)),
            record("https://news.example/1", b"<p>one</p>"),
            record("https://news.example/1", b"", kind="request", http=("GET /1 HTTP/1.1",)),
            record("https://news.example/i", b"\x89PNG", http=("HTTP/1.1 200 OK", "Content-Type: image/png")),
            record("https://news.example/x", b"<p>no</p>", http=("HTTP/1.1 404 Not Found", HTML)),
            record("https://news.example/m", b"", http=("HTTP/1.1 301 Moved", "Location: /1")),
            record("<https://news.example/2>", korean, http=("HTTP/1.1 200 OK", f"{HTML}; charset=EUC-KR")),
            record("https://news.example/3", b"words", http=("HTTP/1.1 200 OK", "Content-Type: text/plain")),
            record("https://news.example/4", b"<p>untyped</p>", http=("HTTP/1.1 200 OK", "Server: x")),
        ],
    )

    pages = _pages(path)

    assert [(page.url, page.content, page.content_type, page.charset) for page in pages] == [
        ("https://news.example/1", b"<p>one</p>", "text/html", "utf-8"),
        ("https://news.example/2", korean, "text/html", "euc-kr"),
        ("https://news.example/3", b"words", "text/plain", ""),
        ("https://news.example/4", b"<p>untyped</p>", "text/html", ""),
    ]
    assert {page.fetched_at for page in pages} == {datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)}
    assert {page.entry.kind for page in pages} == {SourceKind.WARC}


@NAMES
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("Transfer-Encoding: chunked",), b"4\r\n<p>t\r\n6;x=y\r\nwo</p>\r\n0\r\n\r\n"),
        (("Transfer-Encoding: chunked",), b"<p>two</p>"),  # its writer undid the chunks and kept the header
        (("Content-Encoding: gzip",), gzip.compress(b"<p>two</p>")),
        (("Content-Encoding: gzip",), b"<p>two</p>"),
        (("Content-Encoding: br",), brotli.compress(b"<p>two</p>")),
        (
            ("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
            b"%x\r\n%s\r\n0\r\n\r\n"
            % (len(gzip.compress(b"<p>two</p>", mtime=0)), gzip.compress(b"<p>two</p>", mtime=0)),
        ),
    ],
)
def test_transfer_and_content_codings_are_undone(
    tmp_path: Path, name: str, headers: tuple[str, ...], body: bytes
) -> None:
    path = write_warc(
        tmp_path / name,
        [
            record("https://news.example/1", b"<p>one</p>"),
            record("https://news.example/2", body, http=("HTTP/1.1 200 OK", HTML, *headers)),
        ],
    )

    assert [page.content for page in _pages(path)] == [b"<p>one</p>", b"<p>two</p>"]


@NAMES
def test_record_is_found_by_its_place_alone(tmp_path: Path, name: str) -> None:
    records = [record(f"https://news.example/{number}", b"<p>%d</p>" % number) for number in range(30)]
    path = write_warc(tmp_path / name, records)
    entries = [entry for entry in _read(path) if isinstance(entry, Entry)]

    for number in (29, 0, 17):
        assert load_page(entries[number], NOW).content == b"<p>%d</p>" % number
    assert sum(entry.length for entry in entries) == path.stat().st_size
    assert entries == _read(path)
    assert len({entry.key for entry in entries}) == 30


@NAMES
def test_cut_archive_gives_what_is_whole_and_one_failure(tmp_path: Path, name: str) -> None:
    bodies = [bytes([65 + number]) * 3000 for number in range(3)]
    path = write_warc(tmp_path / name, [record(f"https://news.example/{body[0]}", body) for body in bodies])
    path.write_bytes(path.read_bytes()[:-40])

    items = _read(path)

    assert [type(item) for item in items] == [Entry, Entry, Failed]
    assert items[2].reason is FailReason.BAD_RECORD
    assert str(path) in items[2].detail


@NAMES
def test_archive_cut_inside_a_header_says_so(tmp_path: Path, name: str) -> None:
    records = [record(f"https://news.example/{number}", b"<p>x</p>") for number in range(2)]
    path = write_warc(tmp_path / name, records)
    first = path.stat().st_size - len(write_warc(tmp_path / f"one-{name}", records[1:]).read_bytes())
    path.write_bytes(path.read_bytes()[: first + 45])

    items = _read(path)

    assert [type(item) for item in items] == [Entry, Failed]
    assert "no readable WARC record" in items[1].detail


@NAMES
def test_broken_middle_costs_only_what_is_broken(tmp_path: Path, name: str) -> None:
    whole = [record(f"https://news.example/{number}", b"<p>%d</p>" % number + b"z" * 300) for number in range(6)]
    parts = [gzip.compress(part) if name.endswith(".gz") else part for part in whole]
    parts[2] = b"\0" * len(parts[2])
    parts[4] = parts[4][:60] if name.endswith(".gz") else b"\0" * 60
    path = tmp_path / name
    path.write_bytes(b"".join(parts))

    items = _read(path)
    pages = [load_page(item, NOW).content[:8] for item in items if isinstance(item, Entry)]

    assert [item.reason for item in items if isinstance(item, Failed)] == [FailReason.BAD_RECORD] * 2
    assert pages == [b"<p>0</p>", b"<p>1</p>", b"<p>3</p>", b"<p>5</p>"]


def test_record_of_another_kind_that_is_cut_is_a_failure_too(tmp_path: Path) -> None:
    records = [record("https://news.example/1", b"<p>x</p>")]
    records.append(record("https://news.example/1", b"q" * 900, kind="request"))
    path = write_warc(tmp_path / "a.warc.gz", records)
    path.write_bytes(path.read_bytes()[:-20])

    assert [type(item) for item in _read(path)] == [Entry, Failed]


@pytest.mark.parametrize(
    "content", [b"hello " * 100, gzip.compress(b"hello " * 100), b"\x1f\x8bbroken", b"WARC/1.0\r\nno end"]
)
def test_file_that_is_no_warc_is_a_failure(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(content)

    items = _read(path)

    assert [item.reason for item in items if isinstance(item, Failed)] == [FailReason.BAD_RECORD]
    assert len(items) == 1


def test_archive_compressed_as_one_piece_is_explained(tmp_path: Path) -> None:
    records = b"".join(record(f"https://news.example/{number}", b"<p>x</p>") for number in range(3))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(records))

    failures = [item for item in _read(path) if isinstance(item, Failed)]

    assert len(failures) == 1
    assert "record by record" in failures[0].detail


@pytest.mark.parametrize("url", ["dns:news.example", "not a url", ""])
def test_response_without_a_web_address_is_a_failure(tmp_path: Path, url: str) -> None:
    path = write_warc(tmp_path / "a.warc.gz", [record(url, b"<p>x</p>"), record("https://news.example/2", b"<p>y</p>")])

    items = _read(path)

    assert [type(item) for item in items] == [Failed, Entry]
    assert items[0].reason is FailReason.BAD_RECORD


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (("Content-Encoding: gzip",), gzip.compress(bytes(5_000_000)), FailReason.BODY_TOO_LARGE),
        (("Content-Encoding: gzip",), b"\x1f\x8bbroken", FailReason.UNDECODABLE),
        ((), b"<" * 2_000_000, FailReason.BODY_TOO_LARGE),
    ],
)
def test_record_that_cannot_be_decoded_is_a_typed_error(
    tmp_path: Path, headers: tuple[str, ...], body: bytes, reason: FailReason
) -> None:
    path = write_warc(
        tmp_path / "a.warc.gz", [record("https://news.example/1", body, http=("HTTP/1.1 200 OK", HTML, *headers))]
    )
    entry = _read(path)[0]
    assert isinstance(entry, Entry)

    with pytest.raises(PermanentError) as caught:
        load_page(entry, NOW, 1_000_000)
    assert caught.value.reason is reason


def test_archive_that_was_replaced_since_is_a_typed_error(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", [record("https://news.example/1", b"<p>x</p>")])
    entry = _read(path)[0]
    assert isinstance(entry, Entry)
    path.write_bytes(b"something else" * 20)

    with pytest.raises(PermanentError) as caught:
        load_page(entry, NOW)
    assert caught.value.reason is FailReason.BAD_RECORD


@NAMES
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_a_failure_and_never_a_crash(tmp_path: Path, name: str, data: st.DataObject) -> None:
    records = [record(f"https://news.example/{number}", b"<p>%d</p>" % number) for number in range(3)]
    records.insert(1, record("https://news.example/1", b"words", kind="request"))
    path = write_warc(tmp_path / name, records)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)

    for item in _read(path):
        if isinstance(item, Entry):
            try:
                load_page(item, NOW)
            except PermanentError:
                continue


@pytest.mark.parametrize("date", ["", "yesterday", "2026-02-03", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z"])
def test_unreadable_record_date_is_our_clock(tmp_path: Path, date: str) -> None:
    path = write_warc(tmp_path / "a.warc.gz", [record("https://news.example/1", b"<p>x</p>", date=date)])

    (page,) = _pages(path)

    assert page.fetched_at == (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) if date.startswith("9999") else NOW)
