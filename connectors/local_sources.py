"""Files, JSONL, WARC and URL lists: what can be read without the network, listed lazily and read one by one."""

from __future__ import annotations

import glob
import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import xxhash

from connectors.content_types import guessed_type
from connectors.jsonl_records import read_jsonl
from connectors.source_locations import SourceFile, entry_key, failed_source, file_url, shown
from connectors.warc_records import WARC_RECORD_TYPE, load_warc_page, read_warc
from connectors.web_address import web_address
from schemas.errors import ConfigError, Failed, FailReason, PermanentError
from schemas.records import Entry, Page, SourceKind
from schemas.settings import RunSettings

DEFAULT_LIMIT_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_CONTENT_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
}
_BINARY_STARTS = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"SQLite format 3")


def read_entries(settings: RunSettings) -> Iterator[Entry | Failed]:
    """Every entry of the local sources: files, then JSONL, WARC and URL lists, each in the order of its paths.

    Guarantees: lazy; one file open at a time. Keys hold the resolved path and the place in the file, revisions
        the content, so that a second listing of unchanged sources gives equal entries.
    Errors: ConfigError before the first entry, naming a source that matches nothing. A file that cannot be read
        and a record that is broken are Failed, with file and line or offset, and the others go on.
    """
    listed = [
        (reader, path)
        for specs, reader in (
            (settings.files, _read_file),
            (settings.jsonl, read_jsonl),
            (settings.warc, read_warc),
            (settings.urls, _read_url_list),
        )
        for path in _paths(specs)
    ]
    return (entry for reader, path in listed for entry in reader(path))


def is_local(entry: Entry) -> bool:
    """Whether the entry's content is here, in a file or inline; otherwise its URL has to be fetched."""
    return bool(entry.path or entry.text)


def load_page(entry: Entry, now: datetime, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Page:
    """Read a local entry.

    In -> out: ``fetched_at`` is the WARC record's own date, else ``now``; ``url`` is the WARC's target,
        the JSONL record's URL, or "" for a file.
    Errors: PermanentError(unreadable_file | body_too_large | bad_record | wrong_content_type | undecodable).
    """
    if entry.content_type == WARC_RECORD_TYPE:
        return load_warc_page(entry, now, limit_bytes)
    if entry.text:
        url = "" if entry.url.startswith("file:") else entry.url
        return Page(entry, url, entry.text.encode("utf-8", "replace"), entry.content_type, "utf-8", now)
    content = _file_content(Path(entry.path), limit_bytes)
    if content.startswith(_BINARY_STARTS):
        raise PermanentError(FailReason.WRONG_CONTENT_TYPE, f"{shown(entry.path)} is neither text nor HTML")
    return Page(entry, "", content, entry.content_type or guessed_type(content), "", now)


def _paths(specs: tuple[str, ...]) -> Iterator[Path]:
    for spec in specs:
        found = glob.glob(spec, recursive=True, include_hidden=False)  # noqa: PTH207  # pathlib takes no absolute pattern
        if not found and Path(spec).exists():
            found = [spec]  # a name with brackets in it
        paths = [Path(name) for name in sorted(found)]
        files = [file for path in paths for file in (_files_under(path) if path.is_dir() else (path,))]
        if not files:
            raise ConfigError(f"source {spec!r} matches no file: check the path; a pattern needs quotes in the shell")
        yield from files


def _files_under(folder: Path) -> list[Path]:
    """Its files, and links that lead nowhere: those are told, not passed over."""
    found = (path for path in folder.rglob("*") if not path.name.startswith("."))
    return sorted(path for path in found if path.is_file() or (path.is_symlink() and not path.exists()))


def _read_file(path: Path) -> Iterator[Entry | Failed]:
    if path.exists() and not path.is_file():  # a named pipe would keep the reader waiting for ever
        yield failed_source(FailReason.UNREADABLE_FILE, file_url(path), f"{path} is not a regular file")
        return
    digest = xxhash.xxh3_128()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as error:
        yield failed_source(FailReason.UNREADABLE_FILE, file_url(path), f"{path}: {error.strerror}")
        return
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    yield Entry(
        key=entry_key(SourceKind.FILE, str(path.resolve())),
        url=file_url(path),
        kind=SourceKind.FILE,
        source_id=shown(path),
        revision=digest.hexdigest(),
        path=str(path.resolve()),
        content_type=_CONTENT_TYPES.get(bare.suffix.lower(), ""),
    )


def _read_url_list(path: Path) -> Iterator[Entry | Failed]:
    """One URL a line; blank lines and lines that start with ``#`` are skipped."""
    source = SourceFile(path)
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = raw.decode("utf-8-sig", "replace").strip()
                if line and not line.startswith("#"):
                    yield _listed_url(source, number, line)
    except OSError as error:
        yield failed_source(FailReason.UNREADABLE_FILE, file_url(path), f"{path}: {error.strerror}")


def _listed_url(source: SourceFile, number: int, line: str) -> Entry | Failed:
    try:
        url = str(web_address(line))
    except PermanentError as error:
        return failed_source(error.reason, source.url(f"line-{number}"), f"{source.path}:{number}: {error.detail}")
    key = entry_key(SourceKind.URL, url)
    return Entry(key=key, url=url, kind=SourceKind.URL, source_id=source.name, revision=key)


def _file_content(path: Path, limit_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            opened = gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file
            content = cast(BinaryIO, opened).read(limit_bytes + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise PermanentError(FailReason.UNDECODABLE, f"{shown(path)} is not a whole gzip file") from error
    except OSError as error:
        raise PermanentError(FailReason.UNREADABLE_FILE, f"{shown(path)}: {error.strerror}") from error
    if len(content) > limit_bytes:
        raise PermanentError(FailReason.BODY_TOO_LARGE, f"{shown(path)} is larger than {limit_bytes} bytes")
    return content
