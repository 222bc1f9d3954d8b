"""What Kibana asks Elasticsearch for a Lens panel, a saved search or a query in KQL, as far as our objects use it.

Source: the aggregations and queries that Kibana 8 documents for Lens operations and for KQL.
"""

from __future__ import annotations

import re

METRICS = {"sum": "sum", "max": "max", "average": "avg", "unique_count": "cardinality"}
NUMERIC = {"sum", "max", "average", "median", "percentile"}
_TOKEN = re.compile(r'\s*(?:(\()|(\))|(:|>=|<=|>|<)|"((?:[^"\\]|\\.)*)"|([^\s():<>"]+))')
_RANGES = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


class Query:
    """A parser of KQL: ``and``, ``or``, ``not``, parentheses, ``field : value``, lists of values, ranges, wildcards."""

    def __init__(self, text):
        self.text = text
        self.tokens = []
        self.fields = set()
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            assert match, f"not KQL: {text[position:]!r}"
            kind = next(number for number in range(1, 6) if match[number] is not None)
            self.tokens.append((kind, match[kind]))
            position = match.end()

    def dsl(self):
        if not self.tokens:
            return {"match_all": {}}
        parsed = self.alternatives(self.condition)
        assert not self.tokens, f"left over in {self.text!r}: {self.tokens}"
        return parsed

    def word(self, value):
        return bool(self.tokens) and self.tokens[0] == (5, value)

    def alternatives(self, part):
        found = [self.conjunction(part)]
        while self.word("or"):
            self.tokens.pop(0)
            found.append(self.conjunction(part))
        return found[0] if len(found) == 1 else {"bool": {"should": found, "minimum_should_match": 1}}

    def conjunction(self, part):
        found = [self.negation(part)]
        while self.word("and"):
            self.tokens.pop(0)
            found.append(self.negation(part))
        return found[0] if len(found) == 1 else {"bool": {"filter": found}}

    def negation(self, part):
        if self.word("not"):
            self.tokens.pop(0)
            return {"bool": {"must_not": [self.negation(part)]}}
        return part()

    def condition(self):
        kind, value = self.tokens.pop(0)
        if kind == 1:
            inner = self.alternatives(self.condition)
            assert self.tokens.pop(0)[0] == 2
            return inner
        if not self.tokens or self.tokens[0][0] != 3:  # bare text searches the default fields
            return {"multi_match": {"type": "phrase" if kind == 4 else "best_fields", "query": value, "lenient": True}}
        field = value
        self.fields.add(field)
        _, operator = self.tokens.pop(0)
        if operator != ":":
            return {"range": {field: {_RANGES[operator]: self.tokens.pop(0)[1]}}}
        if self.tokens[0][0] == 1:
            self.tokens.pop(0)
            inner = self.alternatives(lambda: self.value(field))
            assert self.tokens.pop(0)[0] == 2
            return inner
        return self.value(field)

    def value(self, field):
        kind, value = self.tokens.pop(0)
        if kind == 4:
            return {"match_phrase": {field: value}}
        if value == "*":
            return {"exists": {"field": field}}
        if "*" in value:
            return {"query_string": {"fields": [field], "query": value}}
        return {"match": {field: value}}


def kql_fields(text):
    query = Query(text)
    query.dsl()
    return query.fields


def aggregations(columns, order):
    """The nested aggregations of a layer: bucketed columns in order, then the figures."""
    figures = {name: figure(columns[name]) for name in order if not columns[name]["isBucketed"]}
    inner = {name: body for name, body in figures.items() if body}
    for name in reversed([name for name in order if columns[name]["isBucketed"]]):
        body = bucket(columns[name], columns, inner)
        inner = {name: {**body, **({"aggs": inner} if inner else {})}}
    return inner


def figure(column):
    operation, field = column["operationType"], column["sourceField"]
    if operation == "count":
        body = None
    elif operation in ("median", "percentile"):
        percent = column["params"].get("percentile", 50)
        body = {"percentiles": {"field": field, "percents": [percent]}}
    else:
        body = {METRICS[operation]: {"field": field}}
    if "filter" not in column:
        return body
    inner = {"aggs": {"figure": body}} if body else {}
    return {"filter": Query(column["filter"]["query"]).dsl(), **inner}


def bucket(column, columns, inner):
    params, field = column["params"], column["sourceField"]
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {"field": field, "fixed_interval": "3h", "min_doc_count": 1}}
    by = params["orderBy"]
    key = "_key" if by["type"] == "alphabetical" else "_count"
    if by["type"] == "column" and columns[by["columnId"]]["operationType"] != "count":
        key = by["columnId"]
        assert key in inner
    body = {"field": field, "size": params["size"], "order": {key: params["orderDirection"]}}
    return {"terms": {**body, **({"exclude": params["exclude"]} if params["exclude"] else {})}}


def rows(answer, columns, order):
    """The table that a panel draws: a value a column, None where the server has none."""
    buckets = [name for name in order if columns[name]["isBucketed"]]
    figures = [name for name in order if not columns[name]["isBucketed"]]
    found = []

    def walk(part, left, keys):
        if left:
            for one in part.get(left[0], {}).get("buckets", ()):
                walk(one, left[1:], {**keys, left[0]: one.get("key_as_string", one["key"])})
            return
        found.append({**keys, **{name: read(part, name, columns[name]) for name in figures}})

    walk(answer["aggregations"] | {"doc_count": answer["hits"]["total"]["value"]}, buckets, {})
    return found


def read(part, name, column):
    if "filter" in column:
        part = part[name]
        name = "figure"
    if column["operationType"] == "count":
        return part["doc_count"]
    if "values" in part[name]:
        return next(iter(part[name]["values"].values()))
    return part[name]["value"]
