"""``straitwire export``: documents, stories or dead letters as JSONL, CSV or Parquet."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from connectors.index import Document, Kind
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import error_console
from pipeline.command_line.failures import cannot_write
from pipeline.command_line.filter_values import known_filters
from schemas.errors import ConfigError

_BATCH = 1000


class What(StrEnum):
    """What is exported."""

    DOCUMENTS = "documents"
    STORIES = "stories"
    DEAD_LETTERS = "dead-letters"


class Format(StrEnum):
    """File format."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


_KINDS = {What.DOCUMENTS: Kind.ARTICLES, What.STORIES: Kind.STORIES, What.DEAD_LETTERS: Kind.DEAD_LETTERS}


def export(
    what: Annotated[What, typer.Argument(help="What to export.")] = What.DOCUMENTS,
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    file_format: Annotated[Format, typer.Option("--format", help="Format of the file.")] = Format.JSONL,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is the screen.")] = "-",
    topic: options.TopicOption = None,
    publisher: options.PublisherOption = None,
    agency: options.AgencyOption = None,
    lang: options.LanguageOption = None,
    entity: options.EntityOption = None,
    label: options.LabelOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    story: options.StoryOption = "",
    originals_only: options.OriginalsOption = False,
    relevant: options.RelevantOption = None,
) -> None:
    """Write everything that passes the filters, sorted by id.

    Filters are those of search; they apply to documents. Lists and objects are JSON text in CSV and Parquet.

    Examples: straitwire export --topic history.forced_labor --format csv -o forced_labor.csv;
    straitwire export stories | head -3; straitwire export dead-letters
    """
    filters = options.filters_from(
        topic, publisher, agency, lang, entity, label, since, until, story, originals_only, relevant
    )
    kind = _KINDS[what]
    if kind is not Kind.ARTICLES and filters != options.filters_from():
        raise ConfigError(f"filters apply to documents only: export all {what.value} without them")
    if file_format is Format.PARQUET and output == "-":
        raise ConfigError("Parquet is not for the screen: name a file with --output")
    opened = open_index(index)
    try:
        filters = known_filters(opened, filters)
        rows = opened.scan(kind, filters)
        count = (
            _write_parquet(rows, Path(output))
            if file_format is Format.PARQUET
            else _write_text(rows, file_format, output)
        )
    finally:
        opened.close()
    error_console().print(f"{count} {what.value} exported")


def _write_text(rows: Iterable[Document], file_format: Format, output: str) -> int:
    count = 0
    with _opened(output) as file:
        writer: Any = None
        for row in rows:
            if file_format is Format.JSONL:
                file.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
            else:
                if writer is None:
                    writer = csv.DictWriter(file, fieldnames=sorted(row))
                    writer.writeheader()
                writer.writerow(flat(row))
            count += 1
    return count


@contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    if output == "-":
        yield sys.stdout
        return
    try:
        with Path(output).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise cannot_write(output, error) from error


def flat(row: Document) -> Document:
    """The document with lists and objects as JSON text, names sorted."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for name, value in sorted(row.items())
    }


def _write_parquet(rows: Iterator[Document], path: Path) -> int:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    first = list(islice(rows, _BATCH))
    if not first:
        raise ConfigError("nothing passes the filters: no Parquet file was written")
    schema = arrow.schema([(name, _arrow_type(arrow, [row[name] for row in first])) for name in sorted(first[0])])
    count = 0
    remaining = chain(first, rows)
    try:
        with parquet.ParquetWriter(path, schema) as writer:
            while batch := list(islice(remaining, _BATCH)):
                writer.write_table(arrow.Table.from_pylist([flat(row) for row in batch], schema=schema))
                count += len(batch)
    except OSError as error:
        raise cannot_write(str(path), error) from error
    return count


def _arrow_type(arrow: Any, values: list[Any]) -> Any:
    """Text unless all stated values agree on something narrower."""
    stated = [value for value in values if value is not None]
    for python_type, arrow_type in ((bool, arrow.bool_()), (int, arrow.int64()), ((int, float), arrow.float64())):
        if stated and all(isinstance(value, python_type) for value in stated):
            return arrow_type
    return arrow.string()
