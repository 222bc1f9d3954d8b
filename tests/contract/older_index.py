"""An index as an earlier straitwire made it: format 2, index version 1, articles without today's fields."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from typing import Any

from connectors.elasticsearch_templates import alias, mapping
from connectors.index import Document, Kind
from connectors.index_fields import SEARCHED

ADDED_SINCE = ("labels", "dateline_city", "page_paywall")


def call(url: str, method: str, path: str, body: Any = None) -> Any:
    """One request, as a person would make it."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}{path}", data=data, method=method)
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"{}")


def make_older_index(url: str, prefix: str) -> str:
    """Create the article index of format 2 behind the alias; its name."""
    fields = mapping(Kind.ARTICLES)
    properties = {name: field for name, field in fields["properties"].items() if name not in ADDED_SINCE}
    properties |= {name: {"type": "text"} for name in SEARCHED}
    analysis = {
        "tokenizer": {"straitwire_characters": {"type": "standard", "max_token_length": 1}},
        "filter": {
            "straitwire_pairs": {
                "type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2, "output_unigrams": False,
                "output_unigrams_if_no_shingles": True, "token_separator": "",
            }
        },
        "analyzer": {
            "straitwire_cjk": {
                "type": "custom", "tokenizer": "straitwire_characters", "filter": ["lowercase", "straitwire_pairs"]
            }
        },
    }  # fmt: skip
    name = f"{alias(prefix, Kind.ARTICLES)}-v1"
    body = {
        "settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0, "analysis": analysis}},
        "mappings": {**fields, "_meta": {"straitwire_version": 2}, "properties": properties},
        "aliases": {alias(prefix, Kind.ARTICLES): {}},
    }
    call(url, "PUT", f"/{name}", body)
    return name


def as_written_then(document: Document) -> Document:
    """The document as format 2 had it."""
    return {name: value for name, value in document.items() if name not in ADDED_SINCE}


def load(url: str, index: str, documents: Iterable[Document]) -> None:
    """Put documents into an index by name, without any of our code."""
    lines = []
    for document in documents:
        lines += [json.dumps({"index": {"_id": document["article_id"]}}), json.dumps(document)]
    answer = call(url, "POST", f"/{index}/_bulk?refresh=true", ("\n".join(lines) + "\n").encode())
    assert not answer["errors"], answer["items"][0]
