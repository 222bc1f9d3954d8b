r"""JSONL: one article a line, plain or gzip.

Fields, all optional except that a record needs ``text``, ``html`` or ``url``::

    url                   of the article; without text and html it is fetched
    text | html           the article (text wins)
    title, summary        plain text
    author                a name, or a list of names
    published, updated    ISO 8601, an RFC 5322 date, or seconds since 1970; without zone: ``timezone``, else UTC
    publisher, country, language, timezone    of the outlet
    labels                your own: names with a text or a list of texts

``content``, ``body``, ``published_at``, ``date``, ``updated_at``, ``authors`` and ``lang`` are taken as synonyms.
Other fields are ignored: dumps carry all sorts.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import xxhash

from connectors.source_locations import SourceFile, failed_source
from connectors.web_address import web_address
from schemas.errors import Failed, FailReason, PermanentError
from schemas.json_text import with_whole_characters
from schemas.labels import Labels, labels_from
from schemas.records import Entry, Publication, SourceKind

_LONGEST_LINE_BYTES = 32 * 1024 * 1024
_SYNONYMS = {
    "text": ("text", "content", "body"),
    "published": ("published", "published_at", "date"),
    "updated": ("updated", "updated_at"),
    "author": ("author", "authors"),
    "language": ("language", "lang"),
}


class _BrokenRecordError(ValueError):
    """What is wrong with a line, for a person."""


def read_jsonl(path: Path) -> Iterator[Entry | Failed]:
    """Every record of the file; a broken line is Failed(bad_record) with file and line, and the next is read."""
    number = offset = 0
    source = SourceFile(path)
    try:
        with path.open("rb") as file:
            lines = cast(BinaryIO, gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file)
            while line := lines.readline(_LONGEST_LINE_BYTES + 1):
                number += 1
                if len(line) > _LONGEST_LINE_BYTES:
                    detail = (
                        f"{path}:{number}: longer than {_LONGEST_LINE_BYTES} bytes; the rest of the file is not read"
                    )
                    yield failed_source(FailReason.BAD_RECORD, source.url(f"line-{number}"), detail)
                    return
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    yield _entry_or_failed(source, number, offset, line)
                offset += len(line)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        detail = f"{path}:{number + 1}: the gzip data is broken here; the rest of the file is lost"
        yield failed_source(FailReason.BAD_RECORD, source.url(f"line-{number + 1}"), detail)
    except OSError as error:
        yield failed_source(FailReason.UNREADABLE_FILE, source.url(), f"{path}: {error.strerror}")


def _entry_or_failed(source: SourceFile, number: int, offset: int, line: bytes) -> Entry | Failed:
    location = source.url(f"line-{number}")
    try:
        record = _record(line)
        return _entry(record, source, offset, location, xxhash.xxh3_128_hexdigest(line.strip()))
    except _BrokenRecordError as error:
        return failed_source(FailReason.BAD_RECORD, location, f"{source.path}:{number}: {error}")
    except PermanentError as error:
        return failed_source(error.reason, location, f"{source.path}:{number}: field url: {error.detail}")


def _record(line: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(with_whole_characters(line.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise _BrokenRecordError(f"not UTF-8 (byte {error.start} of the line)") from error
    except json.JSONDecodeError as error:
        raise _BrokenRecordError(f"not JSON: {error.msg} at character {error.pos}") from error
    except (ValueError, RecursionError) as error:
        raise _BrokenRecordError("not JSON that can be read: a number too long, or too deeply nested") from error
    if not isinstance(record, dict):
        raise _BrokenRecordError("not a JSON object")
    return record


def _entry(record: Mapping[str, Any], source: SourceFile, offset: int, location: str, revision: str) -> Entry:
    text = _text(record, "text")
    html = "" if text else _text(record, "html")
    url = _text(record, "url")
    if not (text or html or url):
        raise _BrokenRecordError("needs a text, html or url field")
    timezone = _text(record, "timezone")
    return Entry(
        key=source.key(SourceKind.JSONL, offset),
        url=str(web_address(url)) if url else location,
        kind=SourceKind.JSONL,
        source_id=source.name,
        revision=revision,
        publication=Publication(
            _text(record, "publisher"), _text(record, "country"), _text(record, "language"), timezone
        ),
        title=_text(record, "title"),
        summary=_text(record, "summary"),
        author=_text(record, "author"),
        published_at=_moment(record, "published", timezone),
        updated_at=_moment(record, "updated", timezone),
        text=text or html,
        content_type="text/html" if html else "text/plain" if text else "",
        labels=_labels(record),
    )


def _labels(record: Mapping[str, Any]) -> Labels:
    """Dumps may use the name for something else: then the record is told, not read without them."""
    if record.get("labels") in (None, {}, []):
        return ()
    try:
        return labels_from(record["labels"])
    except ValueError as error:
        raise _BrokenRecordError(f"field labels {error}") from error


def _value(record: Mapping[str, Any], name: str) -> Any:
    return next((record[key] for key in _SYNONYMS.get(name, (name,)) if record.get(key) not in (None, "")), None)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = _value(record, name)
    if value is None:
        return ""
    if isinstance(value, list) and name == "author" and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise _BrokenRecordError(f"field {name} must be text, not {type(value).__name__}")
    return value.strip()


def _moment(record: Mapping[str, Any], name: str, timezone: str) -> datetime | None:
    value = _value(record, name)
    if value is None:
        return None
    try:
        moment = _parsed_moment(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone) if timezone else UTC)
        return moment.astimezone(UTC)
    except ZoneInfoNotFoundError as error:
        raise _BrokenRecordError("field timezone must be an IANA name such as Asia/Seoul") from error
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise _BrokenRecordError(f"field {name} is no date that can be read: use ISO 8601") from error


def _parsed_moment(value: object) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str):
        raise TypeError(value)
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return parsedate_to_datetime(value)
