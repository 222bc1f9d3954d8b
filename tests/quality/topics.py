"""Topics against labelled items: relevance and topics, per language, per item tag, with two baselines.

``python -m tests.quality.topics`` prints a table, with ``--folds`` the cross-validation as well. Three sets: ``dev``
(the shared development items, seen while the rules were written), ``labelled`` (written from the definitions alone by
someone else, since tuned against), and ``fresh`` (289 items, a quarter of them long, written from the definitions by
hands that knew neither rules nor other items; only totals were looked at, nothing was tuned on them). The *held-out
quarter* are the training items of one fold, judged by a model that has not seen them.
Baselines: every topic whose plain name occurs in the text; and the rules' strongest cues without any context.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deploy.tables.topic_training_items import training_items
from pipeline.text.topics.model import shipped_model
from pipeline.text.topics.tagging import rule_book, tag_topics, tagged
from pipeline.text.topics.training import FOLDS, Lesson, fold_of, lesson, model_without
from pipeline.text.topics.windows import WindowTagger
from schemas.records import Topics
from schemas.topics import topic_names
from tests.shared_material import shared_root

FLOORS: dict[str, float] = {
    "dev relevance F1": 0.95,
    "dev topics micro F1": 0.98,
    "max:dev spread of languages": 0.05,
    "labelled relevance F1": 0.96,
    "labelled topics micro F1": 0.865,
    "fresh relevance F1": 0.97,
    "fresh topics micro F1": 0.92,
    "max:fresh spread of languages": 0.05,
    "held-out quarter relevance F1": 0.91,
    "held-out quarter topics micro F1": 0.785,
    "max:other news tagged": 0.05,
    "seeds exact": 1.0,
    "evidence verbatim": 1.0,
}

_NAMED = (re.compile("Korea|Seoul|한국|서울|韓国|ソウル"), re.compile("Japan|Tokyo|일본|도쿄|日本|東京"))

Prediction = tuple[bool, set[str], str | None]


@dataclass
class Tally:
    """Counts of one group of items; optional topics count neither way."""

    relevance: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    topics: list[int] = field(default_factory=lambda: [0, 0, 0])
    exact: int = 0
    primary: list[int] = field(default_factory=lambda: [0, 0])
    items: int = 0

    def add(self, gold: dict, predicted: Prediction) -> None:
        relevant, topics, primary = predicted
        expected = set(gold["topics"])
        topics = (topics if relevant else set()) - (set(gold.get("optional") or []) - expected)
        self.items += 1
        self.relevance[(0 if relevant else 2) if gold["relevant"] else (1 if relevant else 3)] += 1
        for place, found in enumerate((expected & topics, topics - expected, expected - topics)):
            self.topics[place] += len(found)
        self.exact += expected == topics and relevant == gold["relevant"]
        if gold["relevant"] and primary is not None:
            self.primary[0] += primary == gold["primary"]
            self.primary[1] += 1

    @property
    def relevance_f1(self) -> float:
        return f1(*self.relevance[:3])

    @property
    def topics_f1(self) -> float:
        return f1(*self.topics)


def f1(hits: int, false: int, missed: int) -> float:
    """F1 from counts; 1 when there was nothing to find and nothing was found."""
    return 2 * hits / (2 * hits + false + missed) if hits or false or missed else 1.0


def rows(path: Path) -> list[dict]:
    """The items of a JSONL file, [] when it is missing."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8-sig").splitlines() if line.strip()]


def dev_items() -> list[dict]:
    return rows(shared_root() / "eval" / "topics" / "dev.jsonl")


def labelled_items() -> list[dict]:
    folder = Path(__file__).parent / "labelled"
    return [item for path in sorted(folder.glob("topics*.jsonl")) for item in rows(path)]


def fresh_items() -> list[dict]:
    folder = Path(__file__).parent / "labelled"
    return [
        item
        for path in sorted([folder / "fresh-topics.jsonl", *folder.glob("unseen-topics-*.jsonl")])
        for item in rows(path)
    ]


def ours(title: str, body: str, language: str) -> Prediction:
    topics = tag_topics(title, body, language, None)
    return topics.relevant, {tag.topic for tag in topics.tags}, topics.primary or None


def held_out(fold: int) -> dict[str, Tally]:
    """Tallies of the training items of a fold, judged by a model of all others."""
    model = model_without(_lesson(), fold, shipped_model().judgement)
    tagger = WindowTagger(rule_book(), model)

    def judged(title: str, body: str, _: str) -> Prediction:
        reading = rule_book().read(title, body)
        topics = tagged(reading, tagger, None) if reading is not None else Topics()
        return topics.relevant, {tag.topic for tag in topics.tags}, topics.primary or None

    folder = Path(__file__).parent / "training"
    items = [item for path in sorted(folder.glob("topics*.jsonl")) for item in rows(path)]
    return score((item for item in items if fold_of(item["id"]) == fold), judged)


@cache
def _lesson() -> Lesson:
    return lesson(rule_book(), training_items())


def names_alone(title: str, body: str, language: str) -> Prediction:
    """Baseline: a topic is tagged where its printed name, or a part of it between dots, occurs."""
    text = f"{title}\n{body}".casefold()
    found = set()
    for topic, names in topic_names().items():
        parts = (
            names.in_language(language).replace("・", "·").replace("/", "·").replace(", ", "·").casefold().split("·")
        )
        if any(part.strip() and part.strip() in text for part in parts):
            found.add(topic)
    return bool(found), found, None


def score(items: Iterable[dict], predict: Callable[[str, str, str], Prediction]) -> dict[str, Tally]:
    """Tallies of everything, of each language, and of each item tag."""
    tallies: dict[str, Tally] = {}
    for item in items:
        predicted = predict(item["title"], item["body"], item["lang"])
        for group in ("all", f"language {item['lang']}", *(f"tag {tag}" for tag in item.get("tags") or [])):
            tallies.setdefault(group, Tally()).add(item["gold"], predicted)
    return tallies


def spread(tallies: dict[str, Tally]) -> float:
    """The larger of the two differences between the best and the worst language."""
    languages = [tally for group, tally in tallies.items() if group.startswith("language ")]
    if not languages:
        return 0.0
    relevance, topics = ([getattr(tally, name) for tally in languages] for name in ("relevance_f1", "topics_f1"))
    return max(max(relevance) - min(relevance), max(topics) - min(topics))


def share_of_verbatim_evidence(items: Iterable[dict]) -> float:
    """Share of evidence spans that are the article's own words, within one line."""
    right = total = 0
    for item in items:
        for tag in tag_topics(item["title"], item["body"], item["lang"], None).tags:
            total += max(1, len(tag.evidence))
            for evidence in tag.evidence:
                source = item[evidence.field]
                right += source[evidence.start : evidence.end] == evidence.text and "\n" not in evidence.text.strip()
    return right / total if total else 1.0


def share_of_exact_seeds() -> float:
    """Share of the seeds tagged exactly as labelled, with boilerplate cut by hand at the story's end."""
    folder = shared_root()
    labels = json.loads((folder / "eval" / "topics" / "seeds.json").read_text("utf-8"))
    exact = 0
    for name, label in labels.items():
        title, _, body = story_of((folder / "seeds" / name).read_text("utf-8")).partition("\n")
        tally = Tally()
        tally.add(label["gold"], ours(title, body, "en"))
        exact += tally.exact
    return exact / len(labels)


def story_of(page: str) -> str:
    """The lines of a seed that are longer than a button: navigation and pitch are short lines."""
    lines = [line for line in page.splitlines() if len(line.split()) > 9 or line.startswith("Japan, S Korea")]
    return "\n".join(dict.fromkeys(lines))


def measure() -> dict[str, float]:
    """The scores that are held against floors."""
    values: dict[str, float] = {}
    for name, items in (("dev", dev_items()), ("labelled", labelled_items()), ("fresh", fresh_items())):
        if items:
            tallies, baseline = score(items, ours), score(items, names_alone)
            values[f"{name} relevance F1"] = tallies["all"].relevance_f1
            values[f"{name} topics micro F1"] = tallies["all"].topics_f1
            values[f"{name} spread of languages"] = spread(tallies)
            values[f"{name} exact items"] = tallies["all"].exact / tallies["all"].items
            values[f"{name} primary"] = tallies["all"].primary[0] / max(1, tallies["all"].primary[1])
            values[f"{name} baseline names: relevance F1"] = baseline["all"].relevance_f1
            values[f"{name} baseline names: topics micro F1"] = baseline["all"].topics_f1
    quarter = held_out(0)
    values["held-out quarter relevance F1"] = quarter["all"].relevance_f1
    values["held-out quarter topics micro F1"] = quarter["all"].topics_f1
    values["held-out quarter spread of languages"] = spread(quarter)
    values["other news tagged"] = share_of_other_news_tagged()
    values["seeds exact"] = share_of_exact_seeds()
    values["evidence verbatim"] = share_of_verbatim_evidence(dev_items() + labelled_items() + fresh_items())
    return values


def share_of_other_news_tagged() -> float:
    """Of real pages of any subject, those tagged though they do not name both countries or their capitals."""
    path = shared_root() / "eval" / "dedup" / "extractors-dev.jsonl.gz"
    pages = {row["truth_story"]: row for row in map(json.loads, gzip.decompress(path.read_bytes()).splitlines())}
    others = [row for row in pages.values() if not all(side.search(row["text"]) for side in _NAMED)]
    return sum(ours(row["title"], row["text"], row["lang"])[0] for row in others) / len(others)


def print_groups(name: str, tallies: dict[str, Tally]) -> None:
    print(f"\n{name}: {tallies['all'].items} items")
    for group, tally in sorted(tallies.items()):
        print(
            f"  {group:<28} n={tally.items:<4} relevance {tally.relevance_f1:.3f}  topics {tally.topics_f1:.3f}"
            f"  false alarms {tally.relevance[1]}  missed {tally.relevance[2]}"
            f"  topics hit/false/missed {'/'.join(map(str, tally.topics))}"
        )


def main() -> None:
    for name, items in (("dev", dev_items()), ("labelled", labelled_items()), ("fresh", fresh_items())):
        if items:
            print_groups(name, score(items, ours))
    for fold in range(FOLDS if "--folds" in sys.argv else 0):
        print_groups(f"training items of fold {fold}, unseen", held_out(fold))
    for name, value in measure().items():
        print(f"{name:<44} {value:.3f}")


if __name__ == "__main__":
    main()
