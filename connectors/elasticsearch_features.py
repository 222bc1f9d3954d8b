"""What a cluster can do beyond the core distribution, found out by asking it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from connectors.elasticsearch_client import PatientClient


@dataclass(frozen=True, slots=True)
class Features:
    """Optional parts that ``straitwire setup`` uses where a cluster has them.

    Attributes:
        common: the module analysis-common (stemmers, ``cjk_bigram``, folding), in every full distribution.
        icu, nori, kuromoji: the analysis plugins of these names.
        synonyms: ``synonym_graph`` filters and the synonyms API.
        lifecycle: index lifecycle management.
    """

    common: bool = False
    icu: bool = False
    nori: bool = False
    kuromoji: bool = False
    synonyms: bool = False
    lifecycle: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are there, sorted.

        >>> Features(nori=True, common=True).names
        ('common', 'nori')
        """
        return tuple(sorted(field.name for field in fields(self) if getattr(self, field.name)))


CORE = Features()
FULL = Features(common=True, icu=True, nori=True, kuromoji=True, synonyms=True, lifecycle=True)
"""A distribution as downloaded from Elastic, with the three analysis plugins installed."""

_TOKENIZERS = {"icu": "icu_tokenizer", "nori": "nori_tokenizer", "kuromoji": "kuromoji_tokenizer"}


def probe(client: PatientClient) -> Features:
    """What this cluster has. Whatever refuses a question counts as not there: the core parts do without it.

    Errors: IndexUnavailableError when the cluster is out of reach.
    """
    found = {name: _analyzes(client, {"tokenizer": tokenizer}) for name, tokenizer in _TOKENIZERS.items()}
    words: dict[str, Any] = {"tokenizer": "standard"}
    return Features(
        common=_analyzes(client, {**words, "filter": ["cjk_bigram", "kstem"]}),
        synonyms=_analyzes(client, {**words, "filter": [{"type": "synonym_graph", "synonyms": ["a, b"]}]})
        and _answers(client, lambda library: library.synonyms.get_synonyms_sets(size=1)),
        lifecycle=_answers(client, lambda library: library.ilm.get_lifecycle()),
        **found,
    )


def _analyzes(client: PatientClient, analysis: dict[str, Any]) -> bool:
    return _answers(client, lambda library: library.indices.analyze(body={**analysis, "text": "a"}))


def _answers(client: PatientClient, request: Callable[[Elasticsearch], Any]) -> bool:
    """Whether the cluster takes the request; a missing part answers 400, 404, 405 or 500."""
    try:
        client.call(request)
    except ApiError:
        return False
    return True
