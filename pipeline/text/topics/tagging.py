"""The topics of an article: which rules fire, whether they carry the gate, and the sentences that prove it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

from pipeline.text.topics import entities
from pipeline.text.topics.compiled import loaded_rules
from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.names import NameKind
from pipeline.text.topics.scripts import HAN, HANGUL, KANA
from pipeline.text.topics.windows import Reason, Spoken, WindowTagger, shipped_tagger
from schemas.records import Evidence, Topics, TopicTag

SHOWN_FROM = 0.5
"""Lowest score of a rule whose sentence is shown as evidence."""
EVIDENCE_LIMIT = 3
"""Sentences kept for a tag, best first."""

_TITLE_WEIGHT, _LEAD_WEIGHT, _MOST_COUNTED = 2.0, 2.0, 10

_LATIN = re.compile("[A-Za-z]")
_KANA_OR_HANGUL = re.compile(f"{KANA.pattern}|{HANGUL.pattern}".replace("]|[", ""))


@cache
def rule_book() -> RuleBook:
    """The compiled rules, once a process."""
    return loaded_rules()


_LONGEST_TITLE = 1000
"""Characters of a title that are read: a title is one sentence, and a sentence is read as often as it has cues."""


def tag_topics(title: str, body: str, language: str, published_on: date | None) -> Topics:
    """The topics of a title and body without boilerplate.

    In -> out: an article's text -> its topics; one without a topic is irrelevant. Entities are looked for where both
    countries may be present.

    Args:
        title: of the article, or "".
        body: the story; a line is a paragraph.
        language: of the article, as stated or detected; the script of the text decides between the three.
        published_on: decides who held which office; None leaves offices undated.
    Guarantees: pure and linear in the length; every evidence text is verbatim and within one line.

    """
    title = title[:_LONGEST_TITLE]
    if not _is_covered(title + body[:2000], language):
        return Topics()
    book = rule_book()
    reading = book.read(title, body)
    return tagged(reading, shipped_tagger(book), published_on) if reading is not None else Topics()


def tagged(reading: Reading, tagger: WindowTagger, published_on: date | None) -> Topics:
    """The topics of a reading by one model: the shipped one, or one that has not seen some items."""
    fired = rule_book().fire(reading)
    view = tagger.view(reading, fired)
    gate, spoken = (0.0, ()) if tagger.is_hopeless(view, fired) else tagger.judge(view, fired)
    # A surname without title or given name counts only where the article is about the two countries.
    found = [item for item in reading.names if spoken or item[2].kind is not NameKind.ALONE]
    mentioned = entities.mentions(found, reading, published_on) if found else ()
    names, events = entities.contested(found), entities.events(found, reading)
    if not spoken:
        return Topics(entities=mentioned, contested_names=names, events=events)
    # The sentence that the model points at is needed to show a topic without a rule, or to tell topics apart.
    unshown = {each.topic for each in spoken} - {firing.topic for firing in fired if firing.score >= SHOWN_FROM}
    pointed = [tagger.spokesman(view, each) for each in spoken if each.topic in unshown or len(spoken) > 1]
    because = {each.topic: tagger.reasons(view, each) for each in spoken if each.topic in unshown}
    tags = _tags(spoken, [*fired, *pointed], because, reading)
    primary = _primary(tags, [*fired, *pointed], reading)
    lead = next(tag for tag in tags if tag.topic == primary)
    return Topics(True, round(gate, 3), primary, tags, lead.evidence[:1], mentioned, names, events)


def _is_covered(sample: str, language: str) -> bool:
    # Chinese shares the kanji forms, but not the meaning of "our government": it is left alone.
    if sample.isascii() or _KANA_OR_HANGUL.search(sample):
        return True
    if HAN.search(sample):
        return language in ("ja", "ko") or len(_LATIN.findall(sample)) > len(HAN.findall(sample))
    return True


def _tags(
    spoken: Sequence[Spoken], firings: list[Firing], because: dict[str, tuple[Reason, ...]], reading: Reading
) -> tuple[TopicTag, ...]:
    """A tag for each topic, shown where rules fired for it, else in the sentence the model points at."""
    tags = []
    for each in sorted(spoken, key=lambda each: each.topic):
        there = [firing for firing in firings if firing.topic == each.topic]
        if each.topic in because:
            shown = there[-1:]
        else:
            shown = [firing for firing in there if firing.score >= SHOWN_FROM and not firing.key.endswith("/model")]
        names = tuple(f"{name} {share:+.2f}" for name, share in because.get(each.topic, ()) if share > 0)
        tags.append(TopicTag(each.topic, round(each.score, 3), _evidence(shown, reading, names)))
    return tuple(tags)


def _evidence(found: list[Firing], reading: Reading, because: tuple[str, ...]) -> tuple[Evidence, ...]:
    best: dict[int, float] = {}
    cues: dict[int, list[str]] = {}
    for firing in found:
        best[firing.sentence] = max(best.get(firing.sentence, 0.0), firing.score)
        cues.setdefault(firing.sentence, []).append(firing.key)
    # The body before the title when both qualify, then the surest, then the first.
    order = sorted(best, key=lambda at: (reading.sentences[at].in_title, -best[at], at))
    return tuple(_span(reading, at, (*cues[at], *because)) for at in order[:EVIDENCE_LIMIT])


def _span(reading: Reading, at: int, cues: Iterable[str]) -> Evidence:
    sentence = reading.sentences[at]
    title, body = reading.title.source, reading.body.source
    if sentence.in_title:
        start, end = reading.title.original(sentence.start), reading.title.original(sentence.end)
        return Evidence("title", start, end, title[start:end], tuple(cues))
    shift = reading.title_length + 1
    start, end = reading.body.original(sentence.start - shift), reading.body.original(sentence.end - shift)
    return Evidence("body", start, end, body[start:end], tuple(cues))


def _primary(tags: tuple[TopicTag, ...], firings: list[Firing], reading: Reading) -> str:
    """The topic of the headline, then of the lead, then of most sentences."""
    first_body = 1 if reading.sentences[0].in_title else 0
    head_last = reading.article.has_kana or reading.article.has_hangul
    places: dict[str, dict[int, int]] = {tag.topic: {} for tag in tags}
    for firing in firings:
        if firing.topic in places:
            places[firing.topic].setdefault(firing.sentence, firing.start)

    def rank(topic: str) -> tuple[float, float, str]:
        found = places[topic]
        in_title, in_lead = first_body == 1 and 0 in found, first_body in found
        # What happens stands first in an English sentence, and last in a Korean or Japanese one.
        position = found.get(first_body, min(found.values()))
        weight = _TITLE_WEIGHT * in_title + _LEAD_WEIGHT * in_lead + min(len(found), _MOST_COUNTED) / _MOST_COUNTED
        return weight, position if head_last else -position, topic

    return max(places, key=rank)
