"""The values of filters, held against what there is: a typing error is told, not answered with nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches

from connectors.index import Filters, Index, Kind
from schemas.errors import ConfigError

_MOST_PUBLISHERS = 10_000
_ALIKE = 0.6


def known_filters(index: Index, filters: Filters) -> Filters:
    """The filters with every value as it is written in documents.

    In -> out: letter case does not matter; a topic's parent (``history``) stands for all topics under it.
    Errors: ConfigError for a topic, entity, agency, language, publisher or story that does not exist, naming
        what is written alike, and for a time span that is empty.
    """
    if filters.since and filters.until and filters.since >= filters.until:
        raise ConfigError(
            f"--since {filters.since:%Y-%m-%d %H:%M} is not before --until {filters.until:%Y-%m-%d %H:%M}"
        )
    if filters.story_id and filters.story_id not in index.get_many(Kind.STORIES, [filters.story_id], ["story_id"]):
        raise ConfigError(f"no story {filters.story_id!r} in {index.location}: straitwire story URL names the id")
    return replace(
        filters,
        topics=_topics(filters.topics),
        agencies=_agencies(index, filters.agencies),
        languages=tuple(_language(code) for code in filters.languages),
        publishers=_publishers(index, filters.publishers),
        equals=tuple((field, _entity(value) if field == "entities" else value) for field, value in filters.equals),
    )


def as_written(value: str, known: Collection[str], option: str, where_listed: str) -> str:
    """The known value that is meant: the same letters, in whatever case.

    Errors: ConfigError naming up to three that are alike.

    >>> as_written("yonhap", ["AP", "Yonhap"], "--agency", "")
    'Yonhap'
    """
    if value in known:
        return value
    folded = {name.casefold(): name for name in known}
    wanted = value.casefold().strip()
    if wanted in folded:
        return folded[wanted]
    alike = get_close_matches(wanted, folded, 3, _ALIKE)
    alike += [name for name in sorted(folded) if wanted and wanted in name and name not in alike]
    hint = f"did you mean {' or '.join(folded[name] for name in alike[:3])}? {where_listed}" if alike else where_listed
    raise ConfigError(f"{option} {value!r} is unknown; {hint}")


def _topics(wanted: Iterable[str]) -> tuple[str, ...]:
    if not wanted:
        return ()
    from schemas.topics import parent_names, topic_names

    chosen: list[str] = []
    for value in wanted:
        name = as_written(value, [*topic_names(), *parent_names()], "--topic", "straitwire topics list names all")
        children = [topic for topic in topic_names() if topic.startswith(f"{name}.")]
        chosen += children or [name]
    return tuple(dict.fromkeys(chosen))


def _agencies(index: Index, wanted: Iterable[str]) -> tuple[str, ...]:
    if not wanted:
        return ()
    from schemas.wire_rules import load_agencies

    written = {name: agency.id for agency in load_agencies() for name in (*agency.names, agency.id)}
    found = {value: value for value, _ in index.facet(Kind.ARTICLES, "agencies", Filters(), 1000) if value}
    known = written | found
    return tuple(known[as_written(value, known, "--agency", "straitwire report shows them")] for value in wanted)


def _language(code: str) -> str:
    matched = re.fullmatch(r"([a-z]{2,3})([-_][a-z0-9]+)*", code.strip().lower())
    if not matched:
        raise ConfigError(f"--lang {code!r} is no language code: write en, ko, ja or another one of two letters")
    return matched[1]


def _publishers(index: Index, wanted: Iterable[str]) -> tuple[str, ...]:
    if not wanted:
        return ()
    known = [value for value, _ in index.facet(Kind.ARTICLES, "publisher", Filters(), _MOST_PUBLISHERS) if value]
    where = "straitwire report lists the publishers of the index"
    return tuple(as_written(value, known, "--publisher", where) for value in wanted)


def _entity(value: str) -> str:
    from schemas.gazetteer import entities, people

    known = [*(person.id for person in people()), *(entity.id for _, entity in entities())]
    return as_written(value, known, "--entity", "straitwire why URL shows those of an article")
