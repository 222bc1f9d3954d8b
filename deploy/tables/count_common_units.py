#!/usr/bin/env python
"""Count the frozen table of common words: over the corpus beside this file, or over an index of your own.

    python -m deploy.tables.count_common_units --version 2 [--index straitwire.db] > schemas/data/common_units.txt

Signatures of two tables are never compared: raise the version, and run ``straitwire reprocess`` afterwards.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.text.characters import characters
from pipeline.text.outline import unit_texts
from schemas.common_units import CommonUnits, count_levels

CORPUS = Path(__file__).parent / "corpus"
FUNCTION_WORDS = Path(__file__).parent / "function_words.txt"
"""Words of grammar, which a small archive does not show to be as frequent as they are."""


def corpus_texts() -> Iterator[str]:
    """The paragraphs that we wrote; each counts as a document of its language."""
    for path in sorted(CORPUS.glob("*.txt")):
        yield from path.read_text(encoding="utf-8").strip().split("\n\n")


def index_texts(location: str) -> Iterator[str]:
    """The bodies of an index's articles."""
    for document in open_index(location).scan(Kind.ARTICLES, fields=("article_id", "body")):
        yield document["body"]


def count(texts: Iterable[str], version: int) -> CommonUnits:
    """The table of these texts, words of grammar included."""
    table = count_levels((unit_texts(characters(text)) for text in texts), version)
    _, function_words = unit_texts(characters(FUNCTION_WORDS.read_text(encoding="utf-8")))
    return table.with_function_words(function_words)


def corpus_table(version: int) -> CommonUnits:
    """The table that ships."""
    return count(corpus_texts(), version)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", type=int, required=True)
    parser.add_argument("--index", default="")
    arguments = parser.parse_args()
    texts = index_texts(arguments.index) if arguments.index else corpus_texts()
    sys.stdout.write(count(texts, arguments.version).text())


if __name__ == "__main__":
    main()
