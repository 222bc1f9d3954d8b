"""Every rule file that ships, validated with its examples; what ``straitwire check`` runs."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.text.corrections import correction_notices
from pipeline.text.lines import fold
from pipeline.text.phrases import Phrases
from pipeline.text.roundups import announces_several
from pipeline.text.topics.lint import lint_topics
from schemas.boilerplate_rules import BoilerplateRule, load_boilerplate_rules, load_wall_rules
from schemas.canonical_url import normalise_url
from schemas.errors import ConfigError
from schemas.gazetteer import contested_names, entities, events, people
from schemas.line_rules import LineRule, load_correction_rules, load_roundup_rules
from schemas.url_rules import load_url_rules
from schemas.wire_rules import load_agencies, load_aggregators, load_credit_rules, load_places


def check_rules() -> list[tuple[str, Callable[[], str]]]:
    """(name, check) of every set of rules; a check says what it found, or raises ConfigError."""
    return [
        ("addresses", _check_addresses),
        ("boilerplate", lambda: _check_phrases(load_boilerplate_rules())),
        ("pages without an article", lambda: _check_phrases(load_wall_rules())),
        ("wire agencies and credits", _check_wire),
        ("correction notices", _check_corrections),
        ("headlines of round-ups", _check_roundups),
        ("gazetteer", _check_gazetteer),
        ("topics", _check_topics),
    ]


def _check_addresses() -> str:
    rules = load_url_rules().rules
    wrong = [
        f"{rule.id}: {one.url}" for rule in rules for one in rule.matching if normalise_url(one.url) != one.becomes
    ]
    wrong += [f"{rule.id}: {url}" for rule in rules for url in rule.non_matching if normalise_url(url) != url]
    return _verdict(f"{len(rules)} rules", wrong)


def _check_phrases(rules: tuple[BoilerplateRule, ...]) -> str:
    every = Phrases(rules)
    wrong = [f"{rule.id}: {line}" for rule in rules for line in rule.matches if not Phrases([rule]).cover(fold(line))]
    wrong += [f"{rule.id}: {line}" for rule in rules for line in rule.spares if every.cover(fold(line))]
    return _verdict(f"{len(rules)} rules", wrong)


def _check_wire() -> str:
    counts = (len(load_agencies()), len(load_credit_rules()), len(load_aggregators()), len(load_places()))
    return "{} agencies, {} credit lines, {} aggregators, {} names of places".format(*counts)


def _check_corrections() -> str:
    rules = load_correction_rules()

    def found(rule: LineRule, line: str) -> list[str]:
        place = (line, "") if rule.place == "title" else ("", line)
        return [notice.rule for notice in correction_notices(*place)]

    wrong = [f"{rule.id}: {line}" for rule in rules for line in rule.matching if not found(rule, line)]
    wrong += [f"{rule.id}: {line}" for rule in rules for line in rule.non_matching if found(rule, line)]
    return _verdict(f"{len(rules)} rules", wrong)


def _check_roundups() -> str:
    rules = load_roundup_rules()
    wrong = [f"{rule.id}: {line}" for rule in rules for line in rule.matching if not announces_several(line)]
    wrong += [f"{rule.id}: {line}" for rule in rules for line in rule.non_matching if announces_several(line)]
    return _verdict(f"{len(rules)} rules", wrong)


def _check_gazetteer() -> str:
    counts = (len(people()), len(entities()), len(events()), len(contested_names()))
    return "{} people, {} other names, {} events, {} contested names".format(*counts)


def _check_topics() -> str:
    return _verdict("34 topics", lint_topics())


def _verdict(counted: str, wrong: list[str]) -> str:
    """What was counted, when no example is wrong. Errors: ConfigError naming the first that are."""
    if wrong:
        raise ConfigError(f"{len(wrong)} examples do not hold, first: {'; '.join(wrong[:3])}")
    return f"{counted}, every example holds"
