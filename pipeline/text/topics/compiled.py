"""The rules compiled beforehand: what expanding the forms gives, in a file of the package.

``deploy/tables/compile_topic_rules`` writes the file. It holds the hash of the rule files and the gazetteer that it was
made from: after an edit it is left aside and the rules are compiled anew, so it saves time and decides nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from importlib.resources import files
from typing import Any

from pipeline.text.topics.firing import RuleBook, all_cues
from pipeline.text.topics.matching import FormTable, form_table
from pipeline.text.topics.names import Name, NameKind, named_forms
from schemas.topic_rules import Rule, TopicRules, lexicon, topic_rules

COMPILED_FILE = "compiled.json.gz"


def sources_hash() -> str:
    """The hash of all files that the forms and rules come from."""
    digest = hashlib.sha256()
    for folder in ("topics", "gazetteer"):
        for item in sorted(files("schemas.data").joinpath(folder).iterdir(), key=lambda item: item.name):
            if item.name.endswith(".yaml"):
                digest.update(item.name.encode())
                digest.update(item.read_bytes())
    return digest.hexdigest()


def compiled_bytes() -> bytes:
    """The file as it ships; the same rules give the same bytes."""
    table, topics = form_table(all_cues(lexicon(), topic_rules()), named_forms()), topic_rules()
    masks = sorted({mask for meanings in table.meanings for _, mask in meanings})
    names = sorted({name for found in table.names.values() for _, name in found})
    # Most literals share what they mean with others: it is kept once, and the literals as lines.
    shapes = sorted(set(map(tuple, table.meanings)))
    shape_at = {shape: at for at, shape in enumerate(shapes)}
    mask_at = {mask: at for at, mask in enumerate(masks)}
    name_at = {name: at for at, name in enumerate(names)}
    stored = {
        "sources": sources_hash(),
        "cues": table.cues,
        "covering": f"{table.covering:x}",
        "patterns": "\n".join(table.patterns),
        "masks": [f"{mask:x}" for mask in masks],
        "shapes": [[[edge, mask_at[mask]] for edge, mask in shape] for shape in shapes],
        "meanings": [shape_at[tuple(found)] for found in table.meanings],
        "name_list": [[name.entity, name.type, name.kind, name.office, name.side] for name in names],
        "names": {at: [[edge, name_at[name]] for edge, name in found] for at, found in table.names.items()},
        "topics": {
            rules.topic: [rule.model_dump(exclude={"examples"}, exclude_defaults=True) for rule in rules.rules]
            for rules in topics
        },
    }
    return gzip.compress(json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def loaded_rules() -> RuleBook:
    """The compiled rules: from the file where that is of these rule files, else compiled now."""
    path = files("schemas.data").joinpath("topics", COMPILED_FILE)
    if path.is_file():
        stored = json.loads(gzip.decompress(path.read_bytes()))
        if stored["sources"] == sources_hash():
            return RuleBook.of(_table(stored), _topics(stored))
    return RuleBook(lexicon(), topic_rules(), named_forms())


def _table(stored: dict[str, Any]) -> FormTable:
    masks = [int(mask, 16) for mask in stored["masks"]]
    shapes = [tuple((edge, masks[mask]) for edge, mask in shape) for shape in stored["shapes"]]
    names = [Name(entity, kind, NameKind(how), office, side) for entity, kind, how, office, side in stored["name_list"]]
    return FormTable(
        tuple(stored["cues"]),
        int(stored["covering"], 16),
        stored["patterns"].split("\n"),
        [shapes[at] for at in stored["meanings"]],
        {int(at): [(edge, names[name]) for edge, name in found] for at, found in stored["names"].items()},
    )


def _topics(stored: dict[str, Any]) -> tuple[TopicRules, ...]:
    # The rules were checked when the file was made: making them unchecked saves a tenth of the time.
    return tuple(
        TopicRules.model_construct(None, topic=topic, source="", added=date.min, cues={}, rules=_rules(rules))
        for topic, rules in stored["topics"].items()
    )


def _rules(stored: list[dict[str, Any]]) -> tuple[Rule, ...]:
    return tuple(Rule.model_construct(**rule) for rule in stored)
