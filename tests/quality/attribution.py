"""Agency, dateline place and chain of the labelled heads and tails, beside the simplest baseline.

Scored as the shared scorer does: agency correct when it is any of the gold's; places compared without case and
spaces, in the article's own script. "Normalised place" is the English name, held against the gazetteer's for the
gold. The baseline names the first agency found anywhere. ``python -m tests.quality.attribution`` prints every
item that was missed.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.text.agencies import agency_code, find_names
from pipeline.text.attribution import attribute_wire
from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.lines import fold
from pipeline.text.places import normalise_place
from schemas.records import Wire
from tests.shared_material import shared_path

FLOORS = {
    "dev agency precision": 1.0,
    "dev agency recall": 1.0,
    "dev is_wire F1": 1.0,
    "dev place": 1.0,
    "dev normalised place": 1.0,
    "dev chain": 1.0,
    "labelled agency precision": 0.98,
    "labelled agency recall": 0.95,
    "labelled is_wire F1": 0.97,
    "labelled place": 0.97,
}
LABELLED = Path(__file__).parent / "labelled"


def items(paths: Iterable[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line]


def predicted(item: dict[str, Any]) -> Wire:
    text = f"{item['head']}\n\n{item['tail']}"
    body = strip_boilerplate(text, "", item["lang"]).body
    return attribute_wire(text, body, publisher=item["publisher"], language=item["lang"])


def baseline(item: dict[str, Any]) -> Wire:
    named = find_names(fold(f"{item['head']}\n\n{item['tail']}"))
    return Wire(agency=named[0].code) if named else Wire()


def key(place: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", place or "").casefold().split())


def code(name: str) -> str:
    return agency_code(name) or name


def scores(gold: list[dict[str, Any]], wires: list[Wire]) -> dict[str, float]:
    """Precision, recall and accuracies over all items."""
    count: Counter[str] = Counter()
    for item, wire in zip(gold, wires, strict=True):
        wanted = item["gold"]
        agencies = {code(name) for name in wanted["agencies"]}
        count["items"] += 1
        count["named"] += wire.is_wire
        count["right"] += wire.agency in agencies
        count["wanted"] += bool(agencies)
        count["wire"] += wanted["is_wire"]
        count["wire right"] += wanted["is_wire"] and wire.is_wire
        count["place"] += key(wire.dateline_place) == key(wanted["dateline_place"])
        count["normalised"] += key(wire.dateline_city) == key(normalise_place(wanted["dateline_place"] or ""))
        count["chain"] += list(wire.chain) == wanted.get("chain")
    wire_precision = count["wire right"] / max(1, count["named"])
    wire_recall = count["wire right"] / max(1, count["wire"])
    return {
        "agency precision": count["right"] / max(1, count["named"]),
        "agency recall": count["right"] / max(1, count["wanted"]),
        "is_wire F1": 2 * wire_precision * wire_recall / max(1e-9, wire_precision + wire_recall),
        "place": count["place"] / count["items"],
        "normalised place": count["normalised"] / count["items"],
        "chain": count["chain"] / count["items"],
    }


def corpora() -> dict[str, list[dict[str, Any]]]:
    """The shared development items, and our own labelled ones where they exist."""
    found = {"dev": items([shared_path("eval", "attribution", "dev.jsonl")])}
    own = sorted(LABELLED.glob("attribution*.jsonl"))
    return found | ({"labelled": items(own)} if own else {})


def measure() -> dict[str, float]:
    """The scores of every corpus, the baseline's agency and is_wire beside them."""
    result: dict[str, float] = {}
    for name, gold in corpora().items():
        ours = scores(gold, [predicted(item) for item in gold])
        simplest = scores(gold, [baseline(item) for item in gold])
        result |= {f"{name} {measure}": value for measure, value in ours.items()}
        for measured in ("agency precision", "agency recall", "is_wire F1"):
            result[f"{name} {measured}, first name anywhere"] = simplest[measured]
    return result


def report_misses() -> None:
    for name, gold in corpora().items():
        for item in gold:
            wire, wanted = predicted(item), item["gold"]
            wrong_agency = wire.agency not in {code(agency) for agency in wanted["agencies"]} and (
                wire.is_wire or wanted["is_wire"]
            )
            wrong_place = key(wire.dateline_place) != key(wanted["dateline_place"])
            if wrong_agency or wrong_place:
                places = (wire.dateline_place, wanted["dateline_place"])
                print(name, item["id"], (wire.agency, wanted["agencies"]), places)


if __name__ == "__main__":
    for measure_name, value in measure().items():
        print(f"{measure_name:<52} {value:7.3f}")
    if "--quiet" not in sys.argv:
        report_misses()
