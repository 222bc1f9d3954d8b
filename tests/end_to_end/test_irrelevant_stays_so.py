"""The seeds' boilerplate around stories on other matters makes none of them relevant."""

from __future__ import annotations

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.plain_document import split_document
from pipeline.text.topics.tagging import tag_topics
from tests.quality.topics import dev_items, labelled_items
from tests.shared_material import shared_path

ITEMS = 100


def seed_boilerplate() -> list[str]:
    """What is cut from each seed, as lines."""
    found = []
    for path in sorted(shared_path("seeds").glob("*.txt")):
        title, text = split_document(path.read_text("utf-8"))
        kept = set(strip_boilerplate(text, title, "en").body.split("\n"))
        lines = [line for line in text.split("\n") if line.strip() and line not in kept]
        found.append("\n".join(lines))
    return found


def test_the_boilerplate_of_seeds_turns_no_irrelevant_item_relevant():
    around = seed_boilerplate()
    assert len(around) == 2
    assert all(len(text) > 100 for text in around)
    alone = [item for item in dev_items() + labelled_items() if not item["gold"]["relevant"]]
    alone = [item for item in alone if not tag_topics(item["title"], item["body"], item["lang"], None).relevant][:ITEMS]
    assert len(alone) == ITEMS
    turned = []
    for item in alone:
        for boilerplate in around:
            text = f"{boilerplate}\n{item['body']}\n{boilerplate}"
            body = strip_boilerplate(text, item["title"], item["lang"]).body
            if tag_topics(item["title"], body, item["lang"], None).relevant:
                turned.append(item["id"])
    assert turned == []
