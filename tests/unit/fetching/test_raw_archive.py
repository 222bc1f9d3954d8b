from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from connectors.fetch_pages import Errand, run_errands
from connectors.host_politeness import HostMemory
from connectors.local_sources import load_page, read_entries
from connectors.raw_archive import RawArchive
from schemas.errors import ConfigError, Failed, FailReason
from schemas.records import Entry, Page, Publication, SourceKind
from schemas.settings import RunSettings
from tests.misbehaving_site import PAGE, Exchange, MisbehavingSite
from tests.unit.fetching.one_request import LOOPBACK, quick

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def _feed_entry(url: str, number: int) -> Entry:
    return Entry(
        key=f"{number:032x}",
        url=url,
        kind=SourceKind.FEED,
        source_id="harbour-daily",
        revision=f"r{number}",
        publication=Publication("Harbour Daily", "KR", "ko", "Asia/Seoul"),
        title="회담 재개",  # "Talks resume"
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _fetch(urls: list[str], folder: Path) -> dict[str, Page]:
    errands = [Errand(_feed_entry(url, number), url) for number, url in enumerate(urls)]
    settings = quick(archive_folder=str(folder))
    outcomes = [outcome for _, outcome in run_errands(errands, settings, LOOPBACK, memory=HostMemory())]
    return {outcome.entry.key: outcome for outcome in outcomes if isinstance(outcome, Page)}


def _read(folder: Path) -> list[Entry | Failed]:
    return list(read_entries(RunSettings(warc=(str(folder / "*.warc.gz"),))))


def test_archived_pages_are_read_again_as_they_were(site: MisbehavingSite, tmp_path: Path) -> None:
    async def odd_headers(exchange: Exchange) -> None:
        await exchange.send(
            b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Length: 9\r\n\r\n<p>\xb0\xa1</p>"
        )

    site.serve("/odd", odd_headers)
    paths = ["/page", "/coded/gzip", "/coded/br", "/to?/coded/zstd", "/untyped", "/wrong-charset", "/odd"]
    paths += ["/pages/a?b=%B0%A1&c", "/status/404", "/image"]
    fetched = _fetch([site.url(path) for path in paths], tmp_path)

    again = {}
    for entry in _read(tmp_path):
        assert isinstance(entry, Entry)
        page = load_page(entry, NOW)
        again[entry.key] = replace(page, entry=replace(entry, path="", offset=0, length=-1, content_type=""))

    assert len(fetched) == len(paths) - 2
    assert again == fetched


def test_archive_is_a_warc_that_other_tools_can_check(site: MisbehavingSite, tmp_path: Path) -> None:
    _fetch([site.url("/coded/gzip")], tmp_path)
    (path,) = tmp_path.iterdir()

    with path.open("rb") as file:
        records = [
            (
                record.headers.get("WARC-Type"),
                record.headers.get("WARC-Target-URI"),
                record.headers.get("WARC-Record-ID"),
                record.headers.get("WARC-Concurrent-To"),
                record.headers.get("WARC-Payload-Digest"),
            )
            for record in ArchiveIterator(file)
        ]

    assert [row[0] for row in records] == ["warcinfo", "metadata", "response"]
    assert records[1][1] == records[2][1] == site.url("/coded/gzip")
    assert records[1][3] == records[2][2]
    assert records[2][4] == f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    members = re.split(rb"(?=\x1f\x8b\x08\x00)", path.read_bytes())[1:]
    assert [gzip.decompress(member)[:8] for member in members] == [b"WARC/1.1"] * 3


def test_bundles_of_one_process_share_a_file(site: MisbehavingSite, tmp_path: Path) -> None:
    for number in range(3):
        _fetch([site.url(f"/pages/{number}")], tmp_path)

    assert len(list(tmp_path.iterdir())) == 1
    assert len(_read(tmp_path)) == 3


def test_kill_in_the_middle_of_a_write_loses_that_page_only(site: MisbehavingSite, tmp_path: Path) -> None:
    _fetch([site.url(f"/pages/{number}") for number in range(3)], tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-25])

    items = _read(tmp_path)

    assert [type(item) for item in items] == [Entry, Entry, Failed]
    assert items[2].reason is FailReason.BAD_RECORD


def test_forged_announcement_is_ignored(tmp_path: Path) -> None:
    from tests.unit.fetching.warc_writing import record, write_warc

    forged = record("https://news.example/1", b"", kind="metadata", http=('{"key": "x"}',)).replace(
        b"Content-Type: application/http; msgtype=metadata", b"Content-Type: application/vnd.straitwire.entry+json"
    )
    write_warc(tmp_path / "a.warc.gz", [forged, record("https://news.example/1", b"<p>one</p>")])

    (entry,) = _read(tmp_path)

    assert isinstance(entry, Entry)
    assert entry.kind is SourceKind.WARC
    assert load_page(entry, NOW).content == b"<p>one</p>"


def test_folder_that_cannot_be_made_is_a_settings_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(ConfigError, match="archive folder"):
        RawArchive(tmp_path / "file" / "archive")
