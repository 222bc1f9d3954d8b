"""Applying the compiled rules of all topics to a reading: which rule fires in which sentence, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pipeline.text.topics.matching import CueMatcher, FoldedArticle, FormTable, Reading, Sentence
from pipeline.text.topics.names import NamedForm
from schemas.errors import ConfigError
from schemas.topic_rules import Cue, Rule, TopicRules

KOREA, JAPAN = "korea", "japan"
# The clause ends that separate what is denied from what is said ("they met, but history was not raised").
_CLAUSE_END = re.compile(
    r"[,;:、，；]| but | while | although | though |지만|으나 |(?<=[했됐었])고 |면서 |한편 |ものの|一方で|けれど"
)
# What may stand between the items of a bare list. No two branches may begin alike and go on alike: a star over such
# branches takes twice as long for each character more.
_BETWEEN_ITEMS = re.compile(
    r"(?:and|or|to|over|the|of|on|issues?|dispute|rows?|및|과|와|등|나|이나|문제|や|と|など|の|問題|から|まで|に|an?|wartime|\W)*"
)


_TITLE_REACH = 3
"""Sentences of the body that are read together with the title."""
_BARE_LIST = 3
"""Issues side by side that make a list in which none has a predicate of its own."""
ONE_SIDED_CUES, NO_SIDED_CUES = 1, 3
"""Cues that make a text worth a look that names one side only, or none: one in ten relevant training items does."""
_MODIFIER = 0.4
"""Standing of words that only modify: too little for a tag on their own."""
_MODIFIER_REACH_BEFORE, _MODIFIER_REACH_AFTER = 45, 12
"""How far, in characters, "the year ..." reaches forward, and Korean or Japanese "... was under way" back."""

# A country is there when the text names it, one of its bodies, or the pair. Named bodies of one country ("the
# Japanese government" in Korean) hide the bare word inside them, which in that language would mean the other one.
_MEMBERS = {
    KOREA: ("korea", "korea_weak", "korea_bodies", "pair"),
    JAPAN: ("japan", "japan_weak", "japan_bodies", "pair"),
    "third": ("third", "third_bodies"),
    "third_agent": ("third_agent", "third_bodies"),
}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its cues as masks; each mask of ``all`` is a set of alternatives."""

    topic: str
    rule: Rule
    key: str
    start: int
    all: tuple[int, ...]
    near: tuple[int, ...]
    around: tuple[int, ...]
    of: tuple[int, ...]
    unless: int
    unless_near: int
    unless_around: int


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: where, how surely, and the offsets of the words it started from."""

    topic: str
    key: str
    sentence: int
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Scopes:
    own: int
    near: int
    around: int


def all_cues(lexicon: dict[str, Cue], topics: tuple[TopicRules, ...]) -> dict[str, Cue]:
    """The shared cues and those of each topic."""
    cues = dict(lexicon)
    for rules in topics:
        leaf = rules.topic.partition(".")[2]
        cues |= {f"{leaf}.{name}": cue for name, cue in rules.cues.items()}
    return cues


class RuleBook:
    """All topics' rules over one matcher. Local cue names are ``topic-leaf.cue`` in the matcher."""

    def __init__(
        self, lexicon: dict[str, Cue], topics: tuple[TopicRules, ...], names: Iterable[NamedForm] = ()
    ) -> None:
        self._take(CueMatcher(all_cues(lexicon, topics), names), topics)

    @classmethod
    def of(cls, table: FormTable, topics: tuple[TopicRules, ...]) -> RuleBook:
        """The rules over forms that were expanded before; only the rules of the topics are read, not their cues."""
        book = cls.__new__(cls)
        book._take(CueMatcher.of(table), topics)
        return book

    def _take(self, matcher: CueMatcher, topics: tuple[TopicRules, ...]) -> None:
        self.matcher = matcher
        self._bits = self.matcher.bits
        self.rules = [self._compiled(rules, rule) for rules in topics for rule in rules.rules]
        self._by_bit: dict[int, list[CompiledRule]] = {}
        self.starting = 0
        for rule in self.rules:
            self.starting |= rule.start
            for place in _places(rule.start):
                self._by_bit.setdefault(place, []).append(rule)
        bit = self._bits
        self._korea, self._japan = self._joint_bits(KOREA), self._joint_bits(JAPAN)
        self._pair = bit["pair"]
        self._two = bit["two_countries"]
        self._third = self._joint_bits("third")
        self.sides = {
            "pair": self._pair,
            "two": self._two,
            "korea": self._korea,
            "japan": self._japan,
            "third": self._third,
        }
        self._implying = {
            sides: [rule for rule in self.rules if rule.rule.sides == sides] for sides in (KOREA, JAPAN, "both")
        }
        # A single cue that means both countries wherever it stands, such as the islets.
        alone = [rule.start for rule in self._implying["both"] if len(rule.all) == 1]
        self.means_both = reduce(or_, alone, 0)
        self._undiscussed = bit["undiscussed"]
        self._before, self._after = bit["modifier_before"], bit["modifier_after"]
        self._muting = self._undiscussed | self._before | self._after
        self._issues = bit["issue_noun"]
        for rule in self.rules:
            if rule.rule.bare:
                self._issues |= rule.start

    def _compiled(self, topic: TopicRules, rule: Rule) -> CompiledRule:
        leaf = topic.topic.partition(".")[2]

        def masks(names: tuple[str, ...]) -> tuple[int, ...]:
            return tuple(self._mask(leaf, topic.topic, rule.id, name) for name in names)

        def joined(names: tuple[str, ...]) -> int:
            mask = 0
            for part in masks(names):
                mask |= part
            return mask

        every = masks(rule.all)
        return CompiledRule(
            topic.topic,
            rule,
            f"{topic.topic}/{rule.id}",
            every[0],
            every,
            masks(rule.near),
            masks(rule.around),
            masks(rule.of),
            joined(rule.unless),
            joined(rule.unless_near),
            joined(rule.unless_around),
        )

    def _joint_bits(self, name: str) -> int:
        mask = 0
        for part in _MEMBERS[name]:
            mask |= self._bits[part]
        return mask

    def _mask(self, leaf: str, topic: str, rule: str, names: str) -> int:
        mask = 0
        for name in names.split("|"):
            bit = (
                self._joint_bits(name) if name in _MEMBERS else self._bits.get(f"{leaf}.{name}") or self._bits.get(name)
            )
            if bit is None:
                raise ConfigError(
                    f"schemas/data/topics/{topic}.yaml: rule {rule} names a cue that is not defined: {name}"
                )
            mask |= bit
        return mask

    def read(self, title: str, body: str) -> Reading | None:
        """The text matched, or None when it cannot be about the two countries."""
        return self.matcher.read_if(title, body, self._may_fire)

    def _may_fire(self, mask: int, article: FoldedArticle) -> bool:
        """Whether a text can be about the two at all, by all that its words may mean: both sides and something to do.

        The side of the paper's own language need not be named. Where a side is missing, much else has to be there.
        """
        starting = (mask & self.starting).bit_count()
        if not starting:
            return False
        if mask & (self.means_both | self._pair | self._two):
            return True
        home = self.home(article)
        korea = bool((mask | home) & self._korea) or self._implies(KOREA, mask)
        japan = bool((mask | home) & self._japan) or self._implies(JAPAN, mask)
        if (korea and japan) or self._implies("both", mask):
            return True
        return starting >= (ONE_SIDED_CUES if korea or japan else NO_SIDED_CUES)

    def _implies(self, sides: str, mask: int) -> bool:
        return any(mask & rule.start and all(mask & part for part in rule.all) for rule in self._implying[sides])

    def fire(self, reading: Reading) -> list[Firing]:
        """Every rule that fires in a sentence with both countries in reach, in text order."""
        firings: list[Firing] = []
        sentences = reading.sentences
        home = self.home(reading.article)
        for at, sentence in enumerate(sentences):
            mask = sentence.mask & self.starting
            if not mask:
                continue
            own = sentence.mask
            scopes: _Scopes | None = None
            seen: set[str] = set()
            for place in _places(mask):
                for rule in self._by_bit[place]:
                    if own & rule.unless or rule.key in seen:
                        continue
                    for part in rule.all:
                        if not own & part:
                            break
                    else:
                        # What stands around is looked at last: few sentences hold all that a rule asks of them.
                        scopes = scopes or self._scopes(sentences, at, home)
                        if self._holds(rule, scopes):
                            seen.add(rule.key)
                            firing = self._firing(rule, reading, at)
                            if firing is not None:
                                firings.append(firing)
        return firings

    def live_mask(self, reading: Reading, at: int) -> int:
        """The cues of a sentence without those that it says nothing about: undiscussed, merely modifying, listed."""
        return self.live_and_silent(reading, at)[0]

    def live_and_silent(self, reading: Reading, at: int) -> tuple[int, list[tuple[int, int]]]:
        """The same, with the spans of the words that it says nothing about."""
        sentence = reading.sentences[at]
        if not sentence.mask & self._muting:
            if not sentence.mask & self._issues or len(sentence.hits) < _BARE_LIST:
                return sentence.mask, []
            if sum(1 for _, _, meaning in sentence.hits if meaning & self._issues) < _BARE_LIST:
                return sentence.mask, []
        mask = 0
        silent = []
        for start, end, meaning in sentence.hits:
            said = not self._is_undiscussed(reading.text, sentence, start, end)
            said = said and not self._is_modifier(sentence, start, end)
            if said and not (meaning & self._issues and self._is_list_item(reading.text, sentence, start, end)):
                mask |= meaning
            else:
                silent.append((start, end))
        return mask, silent

    def has_both_sides(self, mask: int, home: int) -> bool:
        """Whether the cues name both countries, the pair, or something that implies them."""
        if mask & self._pair or (mask & self._two and not mask & self._third):
            return True
        mask |= home if not mask & self._third else 0
        return bool(mask & self.means_both or (mask & self._korea and mask & self._japan))

    def places(self) -> int:
        """The cues that name a country or the pair, as a mask."""
        return self._korea | self._japan | self._two | self._third | self._bits["north"]

    def home(self, article: FoldedArticle) -> int:
        """The side that a paper in that language need not name: the state it is written in, unless others appear."""
        if article.has_kana:
            return self._bits["japan_weak"]
        return self._bits["korea_weak"] if article.has_hangul else 0

    def _scopes(self, sentences: tuple[Sentence, ...], at: int, home: int) -> _Scopes:
        first = 1 if sentences[0].in_title else 0
        title = sentences[0].mask if first else 0
        own = sentences[at].mask
        near = own
        if at < first:
            # A headline is read together with the lead.
            neighbours, wide = sentences[1:2], sentences[1:4]
        else:
            neighbours, wide = sentences[max(first, at - 1) : at + 2], sentences[max(first, at - 2) : at + 3]
        for other in neighbours:
            near |= other.mask
        if at - first < _TITLE_REACH:
            near |= title
        around = near | title
        if first < len(sentences):
            around |= sentences[first].mask
        for other in wide:
            around |= other.mask
        if not near & self._third:
            near |= home
        if not around & self._third:
            around |= home
        return _Scopes(own, near, around)

    def _holds(self, rule: CompiledRule, scopes: _Scopes) -> bool:
        """Whether what stands around a sentence lets a rule fire that the sentence itself lets fire."""
        if scopes.near & rule.unless_near or scopes.around & rule.unless_around:
            return False
        for mask in rule.near:
            if not scopes.near & mask:
                return False
        for mask in rule.around:
            if not scopes.around & mask:
                return False
        if rule.of and sum(1 for mask in rule.of if scopes.around & mask) < rule.rule.least:
            return False
        return self._both_sides(rule.rule.sides, scopes)

    def _both_sides(self, implied: str, scopes: _Scopes) -> bool:
        if implied == "both":
            return True
        # With another country in the sentence, the missing side has to stand close by.
        reach = scopes.near if scopes.own & self._third else scopes.around
        if reach & self._pair:
            return True
        if scopes.around & self._two and not reach & self._third:
            return True
        if implied != KOREA and not reach & self._korea:
            return False
        return bool(implied == JAPAN or reach & self._japan)

    def _firing(self, rule: CompiledRule, reading: Reading, at: int) -> Firing | None:
        sentence = reading.sentences[at]
        spans = [(start, end) for start, end, mask in sentence.hits if mask & rule.start]
        score = 0.0
        best = spans[0]
        for start, end in spans:
            factor = self._standing(rule, reading.text, sentence, start, end)
            if factor * rule.rule.score > score:
                score, best = factor * rule.rule.score, (start, end)
        if not score:
            return None
        return Firing(rule.topic, rule.key, at, score, *best)

    def _standing(self, rule: CompiledRule, text: str, sentence: Sentence, start: int, end: int) -> float:
        """1 for words that say something, less for a modifier, 0 for a bare list item or what is left undiscussed."""
        if not rule.rule.about_negation and self._is_undiscussed(text, sentence, start, end):
            return 0.0
        if self._is_modifier(sentence, start, end):
            return _MODIFIER
        if rule.rule.bare and self._is_list_item(text, sentence, start, end):
            return 0.0
        return 1.0

    def _is_undiscussed(self, text: str, sentence: Sentence, start: int, end: int) -> bool:
        if not sentence.mask & self._undiscussed:
            return False
        clause_start, clause_end = _clause(text, sentence, start, end)
        return any(
            mask & self._undiscussed and other_start < clause_end and other_end > clause_start
            for other_start, other_end, mask in sentence.hits
        )

    def _is_modifier(self, sentence: Sentence, start: int, end: int) -> bool:
        """Whether the words only place something else: "opened the year X began", "author of a book on X"."""
        if not sentence.mask & (self._before | self._after):
            return False
        for other_start, other_end, mask in sentence.hits:
            if mask & self._before and 0 <= start - other_end < _MODIFIER_REACH_BEFORE:
                return True
            if mask & self._after and 0 <= other_start - end < _MODIFIER_REACH_AFTER:
                return True
        return False

    def _is_list_item(self, text: str, sentence: Sentence, start: int, end: int) -> bool:
        issues = [(s, e) for s, e, mask in sentence.hits if mask & self._issues]
        run = 1
        edge = end
        for other_start, other_end in issues:
            if other_start >= edge and _joined(text, edge, other_start):
                run, edge = run + 1, other_end
        edge = start
        for other_start, other_end in reversed(issues):
            if other_end <= edge and _joined(text, other_end, edge):
                run, edge = run + 1, other_start
        return run >= _BARE_LIST


def _joined(text: str, start: int, end: int) -> bool:
    return 0 < end - start < 30 and _BETWEEN_ITEMS.fullmatch(text, start, end) is not None


def _clause(text: str, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    clause_start = sentence.start
    for mark in _CLAUSE_END.finditer(text, sentence.start, start):
        clause_start = mark.end()
    after = _CLAUSE_END.search(text, end, sentence.end)
    return clause_start, after.start() if after else sentence.end


def _places(mask: int) -> list[int]:
    places = []
    while mask:
        low = mask & -mask
        places.append(low.bit_length() - 1)
        mask ^= low
    return places
