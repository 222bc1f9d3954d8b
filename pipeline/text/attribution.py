"""Who wrote a story: the agency it is credited to, from where, and through whose hands it came.

Evidence is looked for only where agencies sign: at the opening of a paragraph near the top, in short credit
lines above and below the story, and in what the page's structured data names. A name inside a sentence is a
citation and never an origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.text.agencies import MASK, Signed, agency_code, find_names, mask_agencies, read_signed, unmask
from pipeline.text.bylines import read_byline, read_korean_contributors
from pipeline.text.credit_lines import CreditLine, is_photo_credit, read_credit_line
from pipeline.text.dateline_parts import Dateline
from pipeline.text.datelines import read_dateline
from pipeline.text.lines import Line, ends_a_sentence, split_lines, weight
from pipeline.text.people import read_people, tidy_name
from pipeline.text.places import city_as_written, is_known_place, normalise_place
from pipeline.text.relays import aggregator_of, masthead_outlets, plain_outlet
from schemas.records import Contributor, Wire, WireEvidence
from schemas.wire_rules import CreditKind

HEAD_LINES = 12
LONGEST_ENDING = 60
LEAD_WEIGHT = 30
SHORTEST_SENTENCE_WEIGHT = 16
ENDING_SENTENCES = 2
"""Sentences from the end among which an agency may sign: an outlet may add one line of its own."""
TAIL_LINES = 14

CONFIDENCE = {
    "dateline": 0.97,
    "byline": 0.93,
    "credit": 0.92,
    "via": 0.92,
    "contributors": 0.88,
    "copyright": 0.86,
    "publisher": 0.85,
    "author": 0.8,
    "hint": 0.6,
}
"""How sure each kind of evidence alone makes us; ordered by how rarely it misled on the development items."""


@dataclass(slots=True)
class _Findings:
    """What the lines of a text say, collected before it is weighed."""

    evidence: list[tuple[WireEvidence, Signed]] = field(default_factory=list)
    dateline: Dateline | None = None
    written_place: str = ""
    outlets: list[str] = field(default_factory=list)
    contributors: list[Contributor] = field(default_factory=list)
    byline: list[str] = field(default_factory=list)
    own_dateline: bool = False
    helped: bool = False

    def add(self, kind: str, signed: Signed, text: str, rule: str) -> None:
        """Evidence that the signed agencies wrote the story."""
        if signed.origins:
            self.evidence.append((WireEvidence(kind, signed.origins[0], text.strip(), rule), signed))

    def name(self, names: Iterable[str]) -> None:
        """Names of the byline, each once."""
        self.byline.extend(name for name in map(tidy_name, names) if name and name not in self.byline)

    def credit(self, people: Iterable[Contributor]) -> None:
        """Credited people, each once."""
        self.contributors.extend(person for person in people if person not in self.contributors)


def attribute_wire(
    original_text: str,
    body: str,
    *,
    publisher: str,
    authors: tuple[str, ...] = (),
    credit_hints: tuple[str, ...] = (),
    language: str = "",
) -> Wire:
    """Who wrote the story.

    In -> out: the text as extracted, credits included, and the stripped body; always a Wire, empty when the
        outlet wrote the story itself.

    Args:
        original_text: the text as extraction found it.
        body: the text without its boilerplate; "" when it is not known.
        publisher: the outlet that carries it, "" when unknown.
        authors: people and organisations that the page's structured data names as authors.
        credit_hints: organisations that it names as source or copyright holder.
        language: ISO 639-1 code; the forms of every language are tried on every text.

    >>> attribute_wire("SEOUL, July 3 (Yonhap) -- A ferry sank.", "", publisher="Tide").dateline_place
    'Seoul'
    """
    lines = split_lines(original_text)
    findings = _Findings()
    head = lines[:HEAD_LINES]
    tail_start = max(0, len(lines) - TAIL_LINES)
    _read_datelines(findings, original_text, head)
    lead = _lead(lines)
    for index, line in enumerate(lines):
        if index < HEAD_LINES or index >= tail_start:
            _read_line(findings, line, index <= lead, index >= tail_start and index > 0)
    _read_sign_off(findings, lines[tail_start:])
    _read_ending(findings, split_lines(body) or lines)
    _read_claims(findings, publisher, authors, credit_hints)
    folded = [line.folded for line in lines]
    service = publisher or aggregator_of(folded)
    findings.outlets = masthead_outlets(folded[:HEAD_LINES]) + findings.outlets
    findings.byline = [name for name in findings.byline if plain_outlet(name) not in findings.outlets]
    return _weigh(findings, service, authors)


def _lead(lines: list[Line]) -> int:
    """The index of the first line that reads as a sentence: bylines without "By" stand above it."""
    for index, line in enumerate(lines):
        if weight(line.folded) >= LEAD_WEIGHT and ends_a_sentence(line.folded):
            return index
    return 0


def _read_datelines(findings: _Findings, original: str, head: list[Line]) -> None:
    """The first dateline that an agency signs, else the first of any kind."""
    for line in head:
        if is_photo_credit(line.folded) or _is_caption(line.folded):
            continue
        dateline = read_dateline(line.folded)
        if dateline is None:
            continue
        if findings.dateline is None or (dateline.signed and not findings.dateline.signed):
            findings.dateline = dateline
            where = line.folded.find(dateline.place)
            findings.written_place = original[line.start + where : line.start + where + len(dateline.place)]
        if dateline.signed:
            break
    dateline = findings.dateline
    if dateline is None:
        return
    findings.own_dateline = dateline.own
    findings.name(dateline.people)
    if dateline.signed:
        findings.add("dateline", dateline.signed, dateline.text, dateline.rule)


def _read_line(findings: _Findings, line: Line, in_head: bool, in_tail: bool) -> None:
    """One line at either end of the text: a credit, a byline, or story."""
    credits = read_credit_line(line.folded, in_tail)
    for credit in credits:
        _take_credit(findings, credit, line.folded)
    if credits:
        return
    findings.credit(read_korean_contributors(line.folded) if in_tail else ())
    findings.name(read_byline(line.folded, in_head))


def _read_sign_off(findings: _Findings, tail: list[Line]) -> None:
    """A sign-off broken over two lines: "(Reporting by ...", "Editing by ...)"."""
    for first, second in pairwise(tail):
        if re.match(r"\(?(?:reporting|writing) by [^;]+$", first.folded, re.IGNORECASE):
            for credit in read_credit_line(f"{first.folded}; {second.folded}", in_tail=True):
                _take_credit(findings, credit, f"{first.folded}; {second.folded}")


def _take_credit(findings: _Findings, credit: CreditLine, text: str) -> None:
    kind = credit.rule.kind
    if kind is CreditKind.RELAY:
        if agency_code(credit.outlet):
            findings.add("credit", Signed((agency_code(credit.outlet),)), text, credit.rule.id)
        elif outlet := plain_outlet(credit.outlet):
            findings.outlets.append(outlet)
        return
    if kind is CreditKind.HELP:
        findings.credit(Contributor(_as_written(text, code), "") for code in credit.signed.origins)
        findings.helped = True
        return
    findings.credit(credit.people or _reporters(text))
    findings.name(credit.persons)
    if kind is CreditKind.PEOPLE:
        return
    if credit.outlet and (outlet := plain_outlet(credit.outlet)):
        findings.outlets.append(outlet)
    findings.add(kind.value, credit.signed, text, credit.rule.id)


_REPORTED = re.compile(r"(?:reporting|assistance) (?:by|from) (.+)", re.IGNORECASE)


def _reporters(text: str) -> list[Contributor]:
    """The people of a sign-off: "Reporting by A in Oslo; Additional reporting by B; Editing by C" without C."""
    parts = re.split(r"[;()]|, (?=(?:editing|writing) by)", text)
    found = (_REPORTED.search(part) for part in parts)
    return [person for match in found if match for person in read_people(match[1])]


def _as_written(text: str, code: str) -> str:
    """The name of an agency as a credit writes it; its code when it cannot be found."""
    for named in find_names(text):
        if named.code == code:
            return text[named.start : named.end]
    return code


_ENDING = re.compile(
    rf"(?:[.!?。\"'」』)][\"']? ?(?:[-=/]|--)? ?[(\[【〔<=/-]{{1,2}} ?(?P<place>[^\s\d.,。、()]{{2,12}}?)?[ ・]?{MASK}"
    rf" ?[)\]】〕>]?\.?"
    rf"|[.!?\"']['\"]? {MASK}(?: (?-i:[A-Z]{{2,4}})){{0,4}})$"
)
# A Korean caption ends in a noun ("여객선 모습.", the ferry), a story's sentence in -다.
_KOREAN_ENDING = re.compile(rf"다[.\"')]{{0,3}} ?[(\[<=/-]{{0,2}} ?{MASK} ?[)\]>]?\.?$")
_HANGUL = re.compile("[가-힣]")


def _read_ending(findings: _Findings, lines: list[Line]) -> None:
    """An agency signing behind the last sentence of the story: "... next month. (AP)"."""
    sentences = 0
    for line in reversed(lines[-TAIL_LINES:]):
        ending = line.folded[-LONGEST_ENDING:]
        masked, named = mask_agencies(ending)
        pattern = _KOREAN_ENDING if _HANGUL.search(masked) else _ENDING
        match = pattern.search(masked) if named else None
        if match is not None and not is_photo_credit(line.folded) and not _is_caption(line.folded):
            place = match.groupdict().get("place") or ""
            if place and not is_known_place(place):
                return
            if place and findings.dateline is None:  # （ソウル共同）: Kyodo from Seoul, signed at the end
                findings.dateline = Dateline(place, "", read_signed(named[-1]), place, rule="credit.ending")
                findings.written_place = place
            text = unmask(match[0], named[-1:])[1:]
            findings.add("credit", read_signed(named[-1]), text, "credit.ending")
            return
        if weight(line.folded) >= SHORTEST_SENTENCE_WEIGHT and ends_a_sentence(line.folded):
            sentences += 1
            if sentences == ENDING_SENTENCES:
                return


_CAPTION = re.compile(
    r"(?:(?:photo|file)[^.。]{0,40}|(?:사진|写真) ?[=:/|┃(][^.。]{0,30}|제공[^.。]{0,10})$", re.IGNORECASE
)


def _is_caption(folded: str) -> bool:
    return _CAPTION.search(folded) is not None


def _read_claims(findings: _Findings, publisher: str, authors: tuple[str, ...], credit_hints: tuple[str, ...]) -> None:
    """What the page's structured data and the outlet's own name say."""
    own = agency_code(publisher)
    if own:
        findings.add("publisher", Signed((own,)), publisher, "claim.publisher")
    for kind, names in (("author", authors), ("hint", credit_hints)):
        for name in names:
            if code := agency_code(re.sub(r"^(?:by|via) ", "", name.strip(), flags=re.IGNORECASE)):
                findings.add(kind, Signed((code,)), name, f"claim.{kind}")


def _weigh(findings: _Findings, outlet: str, authors: tuple[str, ...]) -> Wire:
    """The wire that the findings add up to."""
    dateline = findings.dateline
    strong = [pair for pair in findings.evidence if _counts(pair[0], findings)]
    strong.sort(key=lambda pair: -CONFIDENCE[pair[0].kind])
    byline = findings.byline or [tidy_name(name) for name in authors if not agency_code(name)]
    wire = Wire(
        dateline=findings.written_place if dateline else "",
        dateline_place=city_as_written(findings.written_place) if dateline and dateline.place else "",
        dateline_city=normalise_place(dateline.place) if dateline and dateline.place else "",
        dateline_date=dateline.date if dateline else "",
        contributors=tuple(person for person in findings.contributors if person.name not in byline),
        byline=tuple(byline),
        chain=_chain(outlet, findings.outlets, Signed(())),
    )
    if not strong:
        return wire
    signed = strong[0][1]
    agencies = list(signed.origins)
    for _, other in strong:
        agencies.extend(code for code in (*other.origins, *other.relays) if code not in agencies)
    agreeing = {pair[0].kind for pair in strong if pair[0].agency == signed.origins[0]}
    doubt = 1.0
    for kind in agreeing:
        doubt *= 1 - CONFIDENCE[kind]
    return Wire(
        agency=signed.origins[0],
        agencies=tuple(agencies),
        confidence=round(1 - doubt, 3),
        dateline=wire.dateline,
        dateline_place=wire.dateline_place,
        dateline_city=wire.dateline_city,
        dateline_date=wire.dateline_date,
        contributors=wire.contributors,
        byline=wire.byline,
        chain=_chain(outlet, findings.outlets, signed),
        evidence=tuple(evidence for evidence, _ in strong),
    )


def _counts(evidence: WireEvidence, findings: _Findings) -> bool:
    """An outlet that thanks an agency for help, or signs its own dateline, wrote the story itself."""
    if findings.helped:
        return evidence.kind in ("dateline", "byline", "via", "publisher")
    return not findings.own_dateline or evidence.kind in ("dateline", "byline", "via", "publisher", "credit")


def _chain(outlet: str, outlets: list[str], signed: Signed) -> tuple[str, ...]:
    """From the outlet that carries the story to its origin."""
    chain: list[str] = []
    origin = " & ".join(signed.origins)
    own = agency_code(outlet)
    for link in (own or outlet, *outlets, *signed.relays, origin):
        if link and link not in chain and not (agency_code(link) and agency_code(link) in chain):
            chain.append(link)
    return tuple(chain)
