from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.local_sources import is_local, load_page, read_entries
from schemas.entry_json import entry_from_json, entry_to_json
from schemas.errors import ConfigError, Failed, FailReason, PermanentError
from schemas.records import Entry, Publication, SourceKind
from schemas.settings import RunSettings

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _entries(**sources: tuple[str, ...]) -> list[Entry | Failed]:
    return list(read_entries(RunSettings(**sources)))


def _only(items: list[Entry | Failed]) -> Entry:
    assert len(items) == 1
    assert isinstance(items[0], Entry)
    return items[0]


def _failed(items: list[Entry | Failed]) -> list[tuple[FailReason, str]]:
    return [(item.reason, item.detail) for item in items if isinstance(item, Failed)]


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content", "content_type"),
        [
            ("a.txt", b"Plain <b>words</b>", "text/plain"),
            ("a.html", b"words", "text/html"),
            ("a.HTM", b"words", "text/html"),
            ("a.xhtml", b"words", "application/xhtml+xml"),
            ("a.txt.gz", b"Plain words", "text/plain"),
            ("a.html.gz", b"<p>words</p>", "text/html"),
            ("a", b"\xef\xbb\xbf \n<!DOCTYPE html><p>words</p>", "text/html"),
            ("a.page", b"<html><p>words</p>", "text/html"),
            ("a.gz", b"Plain words", "text/plain"),
            ("a.unknown", "서울 발".encode("cp949"), "text/plain"),  # "datelined Seoul"
        ],
    )
    def test_file_is_read_with_its_type(self, tmp_path: Path, name: str, content: bytes, content_type: str) -> None:
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

        entry = _only(_entries(files=(str(path),)))
        page = load_page(entry, NOW)

        assert entry.kind is SourceKind.FILE
        assert entry.url == path.as_uri()
        assert is_local(entry)
        assert (page.content, page.content_type, page.url) == (content, content_type, "")
        assert page.fetched_at == NOW

    def test_pattern_lists_its_files_in_order(self, tmp_path: Path) -> None:
        for name in ("b/2.txt", "a.txt", "b/1.txt", "b/.hidden.txt", "c.html"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)

        items = _entries(files=(str(tmp_path / "**" / "*.txt"), str(tmp_path / "c.html")))

        assert [Path(item.path).name for item in items] == ["a.txt", "1.txt", "2.txt", "c.html"]

    def test_folder_stands_for_all_its_files(self, tmp_path: Path) -> None:
        for name in ("b/2.txt", "a.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)

        assert [Path(item.path).name for item in _entries(files=(str(tmp_path),))] == ["a.txt", "2.txt"]

    def test_name_with_brackets_is_a_name(self, tmp_path: Path) -> None:
        (tmp_path / "[1] a.txt").write_text("words")

        assert _only(_entries(files=(str(tmp_path / "[1] a.txt"),))).path.endswith("[1] a.txt")

    def test_unchanged_file_gives_an_equal_entry(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.txt"
        path.write_text("words")
        first = _only(_entries(files=(str(path),)))
        monkeypatch.chdir(tmp_path)
        again = _only(_entries(files=("a.txt",)))
        path.write_text("other words")
        changed = _only(_entries(files=(str(path),)))

        assert (first.key, first.revision, first.path) == (again.key, again.revision, again.path)
        assert changed.key == first.key
        assert changed.revision != first.revision

    @pytest.mark.parametrize("kind", ["files", "jsonl", "warc", "urls"])
    def test_source_that_matches_nothing_is_a_settings_error_before_the_first_entry(
        self, tmp_path: Path, kind: str
    ) -> None:
        (tmp_path / "a.txt").write_text("words")
        sources = {"files": (str(tmp_path / "a.txt"),)}
        missing = str(tmp_path / "missing*.x")
        sources[kind] = (*sources.get(kind, ()), missing)

        with pytest.raises(ConfigError, match=r"missing\*\.x"):
            read_entries(RunSettings(**sources))

    def test_unreadable_file_among_others_is_a_failure(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").symlink_to(tmp_path / "gone")
        (tmp_path / "b.txt").write_text("words")

        items = _entries(files=(str(tmp_path / "*.txt"),))

        assert [type(item) for item in items] == [Failed, Entry]
        assert _failed(items)[0][0] is FailReason.UNREADABLE_FILE
        assert "a.txt" in _failed(items)[0][1]

    def test_file_that_vanishes_before_it_is_read_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_text("words")
        entry = _only(_entries(files=(str(path),)))
        path.unlink()

        with pytest.raises(PermanentError, match=r"a\.txt") as caught:
            load_page(entry, NOW)
        assert caught.value.reason is FailReason.UNREADABLE_FILE

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("a.txt.gz", b"not gzip at all", FailReason.UNDECODABLE),
            ("a.txt.gz", gzip.compress(b"words" * 100)[:-9], FailReason.UNDECODABLE),
            ("a.txt.gz", gzip.compress(bytes(3_000_000)), FailReason.BODY_TOO_LARGE),
            ("a.txt", bytes(3_000_000), FailReason.BODY_TOO_LARGE),
            ("a.html", b"%PDF-1.7 ...", FailReason.WRONG_CONTENT_TYPE),
            ("a", b"\x89PNG\r\n", FailReason.WRONG_CONTENT_TYPE),
        ],
    )
    def test_file_that_is_no_article_is_a_typed_error(
        self, tmp_path: Path, name: str, content: bytes, reason: FailReason
    ) -> None:
        (tmp_path / name).write_bytes(content)

        with pytest.raises(PermanentError) as caught:
            load_page(_only(_entries(files=(str(tmp_path / name),))), NOW, 1_000_000)
        assert caught.value.reason is reason


class TestUrlLists:
    def test_each_line_is_an_entry_and_a_bad_one_names_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "urls.txt"
        path.write_bytes(
            b"\xef\xbb\xbfhttp://news.example/1\r\n\n# a note\n  HTTP://News.example/2#top  \nnews.example/3\n"
            b"http://me:hush@news.example/4\n\xff\xfe\n"
        )

        items = _entries(urls=(str(path),))

        entries = [item for item in items if isinstance(item, Entry)]
        assert [entry.url for entry in entries] == ["http://news.example/1", "http://news.example/2"]
        assert not any(is_local(entry) for entry in entries)
        assert [reason for reason, _ in _failed(items)] == [FailReason.BAD_URL] * 3
        assert [detail.split(": ")[0] for _, detail in _failed(items)] == [f"{path}:{line}" for line in (5, 6, 7)]
        assert "hush" not in repr(items)

    def test_same_url_in_two_lists_has_one_key(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).write_text("http://news.example/1\n")

        first, second = _entries(urls=(str(tmp_path / "a"), str(tmp_path / "b")))
        assert (first.key, first.revision) == (second.key, second.revision)


class TestJsonl:
    RECORD: ClassVar[dict[str, object]] = {
        "url": "https://news.example/1",
        "title": "Talks resume",
        "text": "Delegates met.",
        "author": ["Kim A", "Sato B"],
        "published": "2026-03-01T09:00:00+09:00",
        "publisher": "Harbour Daily",
        "country": "KR",
        "language": "en",
        "unknown": {"deep": 1},
    }

    def _read(self, tmp_path: Path, *lines: bytes | dict[str, object], name: str = "a.jsonl") -> list[Entry | Failed]:
        data = b"".join((json.dumps(line).encode() if isinstance(line, dict) else line) + b"\n" for line in lines)
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return _entries(jsonl=(str(tmp_path / name),))

    @pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
    def test_record_becomes_entry_and_page(self, tmp_path: Path, name: str) -> None:
        entry = _only(self._read(tmp_path, self.RECORD, name=name))
        page = load_page(entry, NOW)

        assert entry.url == page.url == "https://news.example/1"
        assert (entry.title, entry.author) == ("Talks resume", "Kim A, Sato B")
        assert entry.published_at == datetime(2026, 3, 1, tzinfo=UTC)
        assert entry.publication == Publication("Harbour Daily", "KR", "en")
        assert (page.content, page.content_type, page.charset) == (b"Delegates met.", "text/plain", "utf-8")
        assert entry_from_json(entry_to_json(entry)) == entry

    def test_html_record_keeps_its_type(self, tmp_path: Path) -> None:
        page = load_page(_only(self._read(tmp_path, {"html": "<p>회담</p>"})), NOW)  # "talks"

        assert (page.content_type, page.content.decode(), page.url) == ("text/html", "<p>회담</p>", "")

    def test_record_with_only_a_url_is_to_be_fetched(self, tmp_path: Path) -> None:
        entry = _only(self._read(tmp_path, {"url": "https://news.example/1", "publisher": "Harbour Daily"}))

        assert not is_local(entry)
        assert entry.publication.publisher == "Harbour Daily"

    @pytest.mark.parametrize(
        ("fields", "moment"),
        [
            ({"date": "2026-03-01"}, datetime(2026, 3, 1, tzinfo=UTC)),
            ({"published_at": "2026-03-01 09:00", "timezone": "Asia/Seoul"}, datetime(2026, 3, 1, tzinfo=UTC)),
            ({"published": "Sun, 01 Mar 2026 00:00:00 GMT"}, datetime(2026, 3, 1, tzinfo=UTC)),
            ({"published": 1772323200}, datetime(2026, 3, 1, tzinfo=UTC)),
            ({"published": "2026-03-01T00:00:00Z"}, datetime(2026, 3, 1, tzinfo=UTC)),
            ({"published": None}, None),
            ({"published": ""}, None),
        ],
    )
    def test_dates_are_read_in_utc(self, tmp_path: Path, fields: dict[str, object], moment: datetime | None) -> None:
        assert _only(self._read(tmp_path, {"text": "words", **fields})).published_at == moment

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            (b"{broken", "not JSON"),
            (b"[1]", "not a JSON object"),
            (b'{"text": 5}', "field text must be text"),
            (b'{"title": "x"}', "needs a text, html or url field"),
            (b'{"text": ""}', "needs a text, html or url field"),
            (b'{"text": "a", "published": "soon"}', "field published is no date"),
            (b'{"text": "a", "published": true}', "field published is no date"),
            (b'{"text": "a", "published": 1e300}', "field published is no date"),
            (b'{"text": "a", "date": "2026-01-01", "timezone": "Mars/Base"}', "field timezone"),
            (b'{"text": "a", "date": "2026-01-01", "timezone": "../../etc/passwd"}', "field"),
            (b'{"text": "a", "url": "not a url"}', "field url"),
            (b'{"text": "\xff"}', "not UTF-8"),
            (b"[" * 100_000, "not JSON"),
            (b'{"text": ' + b"9" * 10_000 + b"}", "not JSON that can be read"),
        ],
    )
    def test_broken_line_names_itself_and_the_others_are_read(
        self, tmp_path: Path, line: bytes, complaint: str
    ) -> None:
        items = self._read(tmp_path, {"text": "one"}, b"", line, {"text": "two"})

        assert [type(item) for item in items] == [Entry, Failed, Entry]
        detail = _failed(items)[0][1]
        assert detail.startswith(f"{tmp_path / 'a.jsonl'}:3: ")
        assert complaint in detail

    def test_half_a_surrogate_pair_is_replaced(self, tmp_path: Path) -> None:
        entry = _only(self._read(tmp_path, b'{"text": "a \\ud800 b", "title": "\\ud83d\\ude00"}'))

        assert (entry.text, entry.title) == ("a \ufffd b", "\U0001f600")
        assert load_page(entry, NOW).content == "a \ufffd b".encode()

    def test_cut_gzip_loses_only_what_was_cut(self, tmp_path: Path) -> None:
        lines = b"".join(b'{"text": "number %d"}\n' % number for number in range(5_000))
        (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-500])

        items = _entries(jsonl=(str(tmp_path / "a.jsonl.gz"),))

        assert 100 < sum(isinstance(item, Entry) for item in items) < 5_000
        assert [reason for reason, _ in _failed(items)] == [FailReason.BAD_RECORD]
        assert isinstance(items[-1], Failed)

    def test_key_is_the_place_and_revision_the_content(self, tmp_path: Path) -> None:
        first, second = self._read(tmp_path, {"text": "one"}, {"text": "two"})
        again, changed = self._read(tmp_path, {"text": "one"}, {"text": "two!"})

        assert first == again
        assert first.key != second.key
        assert (second.key, second.revision != changed.revision) == (changed.key, True)

    def test_lines_are_read_one_at_a_time(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(b'{"text": "words"}\n' * 10)
        (tmp_path / "b.jsonl").write_bytes(b'{"text": "words"}\n')
        items = read_entries(RunSettings(jsonl=(str(tmp_path / "*.jsonl"),)))
        next(items)
        (tmp_path / "b.jsonl").write_bytes(b"{broken\n")  # not opened yet

        assert len(_failed(list(items))) == 1
