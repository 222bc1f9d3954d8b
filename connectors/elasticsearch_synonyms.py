"""Names of one person, body, place or agreement in three languages, as rules of a synonyms set."""

from __future__ import annotations

import re
from typing import Any

from schemas.gazetteer import Names, entities, people

_UNSAFE = re.compile(r"[,\\=>#]")
"""Characters that mean something in a rule (Solr's format)."""


def synonym_rules() -> list[dict[str, Any]]:
    """One rule an entity that has at least two names, sorted by id; what a search for either finds.

    Source: Elasticsearch reference 8.19, "Create or update synonyms set" (rules in Solr's format, at most 10,000).
    """
    named = [*people(), *(entity for _, entity in entities())]
    rules = ({"id": each.id, "synonyms": ", ".join(names)} for each in named if len(names := rule_names(each)) > 1)
    return sorted(rules, key=lambda rule: rule["id"])


def rule_names(named: Names) -> list[str]:
    """The names of one entity as a rule can hold them, each once; Japanese names are written without spaces.

    >>> rule_names(Names(id="ishiba-shigeru", en=("Shigeru Ishiba",), ko=("이시바 시게루",), ja=("石破 茂",)))
    ['shigeru ishiba', '이시바 시게루', '石破茂']
    """
    names = [*named.en, *named.ko, *(name.replace(" ", "") for name in named.ja)]
    return list(dict.fromkeys(name.lower() for name in names if not _UNSAFE.search(name)))
