"""Names of reporters: as credits and bylines write them, with the places they reported from."""

from __future__ import annotations

import re

from schemas.records import Contributor

_NAME_WORD = r"[^\W\d_a-z\u0370-\u20ff\u2150-\uffff][\w.'-]*"
_PARTICLE = r"(?:de|da|di|van|von|der|den|bin|al|el|la|le|del|du|dos|y)"
_NAME = rf"(?-i:{_NAME_WORD}(?: (?:{_PARTICLE} )?{_NAME_WORD}){{1,3}})"
_ONE_OR_MORE = rf"(?-i:{_NAME_WORD}(?: (?:{_PARTICLE} )?{_NAME_WORD}){{0,3}})"
_PLACE = rf"{_ONE_OR_MORE}(?:, {_ONE_OR_MORE})?"
_ITEM = rf"{_NAME}(?: (?:in|at|from|reporting from) {_PLACE})?"
_KOREAN_SYLLABLES = re.compile(
    r"(?:ah|ae|an|bae|beom|bin|bo|byung|chae|chan|cheol|chul|do|eon|eun|gi|gu|gyu|ha|hae|han|hee|heon|ho|hoon|hun|hwa|hwan|hye|hyun|hyeon|hyuk|ik|"
    r"il|in|ja|jae|je|ji|jin|jong|joo|joon|ju|jun|jung|jeong|ki|kwan|kyu|kyung|mi|min|moon|mun|na|nam|oh|rae|ran|ri|rim|ro|ryeol|ryul|sang|se|seo|seok|"
    r"seon|seong|seung|shik|shin|sik|sil|so|sook|soo|su|suk|sun|sung|tae|uk|un|won|woo|wook|yeol|yeon|yeong|yeop|yi|yong|yoon|young|yul|yun)",
    re.IGNORECASE,
)


def person_pattern(group: str) -> str:
    """A regular expression for one person of two to four words."""
    return f"(?P<{group}>{_NAME})"


def people_pattern() -> str:
    """A regular expression for people in a row, each with a place or without."""
    return rf"{_ITEM}(?:(?:,? and |, |; ?|,? & ){_ITEM}){{0,11}}"


_ITEMS = re.compile(
    rf"(?P<name>{_NAME})(?: (?:in|at|from|reporting from) (?P<place>{_PLACE}?)"
    rf"(?=(?:,? and |, {_NAME}(?: in |, | and |$)|; ?|$)))?"
)


def read_people(text: str) -> tuple[Contributor, ...]:
    """The people of a credit, in order.

    >>> [(p.name, p.place) for p in read_people("Bo Tillman in Jackson, Mississippi, Ana Ruiz in Houston and Al Pratt")]
    [('Bo Tillman', 'Jackson, Mississippi'), ('Ana Ruiz', 'Houston'), ('Al Pratt', '')]
    """
    people = []
    position = 0
    while position < len(text):
        match = _ITEMS.match(text, position)
        if match is None:
            break
        people.append(Contributor(tidy_name(match["name"]), (match["place"] or "").strip(" ,")))
        between = re.compile(r"(?:,? and |, |; ?|,? & |\s+)").match(text, match.end())
        position = between.end() if between else len(text)
    return tuple(people)


def tidy_name(name: str) -> str:
    """A name in its usual letters: shouted bylines are lowered.

    >>> tidy_name("JAE-EUN PYO"), tidy_name("Nell Farrow")
    ('Jae-eun Pyo', 'Nell Farrow')
    """
    name = " ".join(name.split()).strip(" ,.")
    if not name.isupper() or not name.isascii():
        return name
    return " ".join(_lowered(word) for word in name.split())


def _lowered(word: str) -> str:
    parts = word.split("-")
    if len(parts) == 2 and all(_KOREAN_SYLLABLES.fullmatch(part) for part in parts):
        return parts[0].capitalize() + "-" + parts[1].lower()
    if word.startswith("MC") and len(word) > 4:
        return "Mc" + word[2:].capitalize()
    return "-".join(part.capitalize() for part in parts)
