"""What makes tagging fast changes nothing: forms expanded beforehand, all windows at once. Hard texts stay cheap."""

from __future__ import annotations

import gzip
import json
import random
import time
from importlib.resources import files

import numpy as np
import pytest

from pipeline.text.topics.compiled import COMPILED_FILE, compiled_bytes, sources_hash
from pipeline.text.topics.sightings import in_blocks
from pipeline.text.topics.tagging import rule_book, tag_topics
from pipeline.text.topics.windows import shipped_tagger
from schemas.topic_examples import example_articles, irrelevant_examples, topic_examples


def texts() -> list[tuple[str, str]]:
    found = [("", text) for each in topic_examples().values() for text in each.match[:2]]
    found += [("", text) for each in irrelevant_examples().values() for text in each[:2]]
    joined = [article.body for article in example_articles()]
    found += [(body.partition(".")[0], "\n\n".join(joined[at : at + 5])) for at, body in enumerate(joined[:80])]
    return found


def test_the_shipped_forms_are_those_of_the_rule_files():
    stored = gzip.decompress(files("schemas.data").joinpath("topics", COMPILED_FILE).read_bytes())
    assert json.loads(stored)["sources"] == sources_hash(), "run deploy/tables/compile_topic_rules"
    assert stored == gzip.decompress(compiled_bytes()), "run deploy/tables/compile_topic_rules"


def test_sums_of_all_windows_at_once_are_those_of_each_window():
    book = rule_book()
    tagger = shipped_tagger(book)
    compared = 0
    for title, body in texts():
        reading = book.matcher.read(title, body)
        view = tagger.view(reading, book.fire(reading))
        if not view.windows:
            continue
        each = np.array([tagger.model.sums(*tagger.reader.window(view.seen, window)) for window in view.windows])
        sums = tagger.sums
        gates = sums.named(view.seen, view.counting) + sums.unnamed(view.counting, view.sightings)
        assert np.allclose(gates, each[:, -1], atol=1e-3)
        assert np.allclose(sums.topics(view.seen, view.counting, view.sightings, view.windows), each, atol=1e-3)
        compared += len(view.windows)
    assert compared > 300


def test_a_long_text_is_summed_in_blocks_that_hold_the_same():
    book = rule_book()
    tagger = shipped_tagger(book)
    reading = book.matcher.read("", "\n".join(article.body for article in example_articles())[:60_000])
    view = tagger.view(reading, [])
    assert len(view.counting.places) > 256
    place_of = {place: at for at, place in enumerate(view.counting.places)}
    windows = [[place_of[place] for place in window] for window in view.windows]
    whole = view.sightings
    at = 0
    for part, some in in_blocks(whole, windows):
        for window in some:
            shown = {int(row) for row, place in zip(part.rows, part.sentences, strict=True) if place in window}
            if at in (0, 1, len(windows) - 1):
                meant = set(windows[at])
                expected = zip(whole.rows.tolist(), whole.sentences.tolist(), strict=True)
                assert shown == {row for row, place in expected if place in meant}
            at += 1
    assert at == len(windows)


def hard_text(kind: str, size: int) -> str:
    generator = random.Random(11)
    if kind == "random code points":
        return "".join(chr(generator.randrange(0x110000)) for _ in range(size))
    pieces = {
        "surrogates": ["\ud800", "\udfff", "Seoul ", "독도 ", "日本"],
        "right-to-left marks": ["\u202e", "\u200f", "\u202c", "Tokyo ", "竹島", "한일 "],
        "marks without a base": ["\u0301", "\u3099", "\u11a8", "か", "e"],
        "compatibility forms": ["㎞", "½", "ﷺ", "ﬁ", "Ｔ", "ｶﾞ", "①"],
        "what is not discussed": ["comfort women, forced labor and Dokdo were not discussed by Seoul and Tokyo. "],
        "one line without an end": ["Seoul ", "Tokyo ", "summit ", "protest ", "islets, ", "독도 ", "慰安婦"],
        "marks that end nothing": [".", "!", "?", "。", '"', "」", "a.m.", " "],
    }[kind]
    return "".join(generator.choice(pieces) for _ in range(size // len(pieces[0])))


@pytest.mark.parametrize(
    "kind",
    [
        "random code points",
        "surrogates",
        "right-to-left marks",
        "marks without a base",
        "compatibility forms",
        "what is not discussed",
        "one line without an end",
        "marks that end nothing",
    ],
)
def test_hard_texts_take_twice_the_time_when_they_are_twice_as_long(kind):
    text = hard_text(kind, 24_000)

    def seconds(length: int) -> float:
        begun = time.process_time()
        tag_topics("", text[:length], "ja", None)
        return time.process_time() - begun

    lengths = [len(text) // part for part in (4, 2, 1)]
    seconds(lengths[0])
    quarter, half, whole = (min(seconds(length) for _ in range(2)) for length in lengths)
    # Twice is linear, four times quadratic; a pause of the machine is allowed for.
    assert whole < 3 * half + 0.1, (quarter, half, whole)
    assert whole < 7 * quarter + 0.1, (quarter, half, whole)
