"""What differs between two texts, word by word. Pure.

English is compared by words, Korean by words and their endings, Japanese by runs of one script, Chinese by characters.
Sentences are compared first and words only within those that changed: what a reader looks for is which sentence
changed, and two long texts need not be laid beside each other word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_KANA = re.compile(r"[\u3040-\u30ff]")
_SENTENCES = re.compile(r".+?(?:[.!?]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”’)）]*|(?=\n)|\Z)\s*", re.S)
_PIECES = (
    r"\d+(?:[.,:/]\d+)*%?",
    r"[\uac00-\ud7a3]+",
    r"[\u30a1-\u30fa\u30fc\u31f0-\u31ff]+",
    r"[\u3041-\u309f]+",
    r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff々〆]+(?:['’-][^\W\d_\u3040-\u30ff\u3400-\u9fff]+)*",
    r"\S",
)
_HAN_RUN, _HAN = r"[\u3400-\u9fff\uf900-\ufaff々〆]+", r"[\u3400-\u9fff\uf900-\ufaff々〆]"
# Japanese writes words as runs of one script; without kana beside them, runs of Han are whole Chinese sentences.
_JAPANESE = re.compile(rf"({'|'.join((_HAN_RUN, *_PIECES))})(\s*)")
_OTHER = re.compile(rf"({'|'.join((_HAN, *_PIECES))})(\s*)")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+\Z")

_MOST_PAIRS = 4_000_000
"""Pairs of words that may be compared: about 2,000 words on either side, a second of work. More is replaced whole."""

_LEAST_LIKENESS = 0.25
"""Below it the words that two passages share are chance, and a diff of them is confetti."""

_ISLAND_CHARS = 2


class Op(StrEnum):
    """What became of a passage."""

    SAME = "same"
    DELETED = "deleted"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text and what became of it."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A word and the white space after it, which is no difference."""

    word: str
    space: str

    @property
    def text(self) -> str:
        return self.word + self.space


def words(text: str) -> list[str]:
    """The words that are compared.

    >>> words("Talks resume: 1,200 attend")
    ['Talks', 'resume', ':', '1,200', 'attend']
    >>> words("首相はソウルで会談した。")
    ['首相', 'は', 'ソウル', 'で', '会談', 'した', '。']
    """
    return [token.word for token in _tokens(text, _pattern(text))]


def word_diff(before: str, after: str) -> tuple[Passage, ...]:
    """The later text in passages, with what left it where it stood.

    Guarantees: same + inserted is ``after`` without outer white space; same + deleted is ``before`` but for white
        space; neighbours differ in their op, deleted before inserted.

    >>> [(one.op.value, one.text) for one in word_diff("Ten boats left.", "Two boats left.")]
    [('deleted', 'Ten'), ('inserted', 'Two'), ('same', ' boats left.')]
    """
    before, after = before.strip(), after.strip()
    pattern = _pattern(before + after)
    old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    old_keys, new_keys = [_key(one) for one in old], [_key(one) for one in new]
    found: list[Passage] = []
    for op, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old_keys, new_keys, autojunk=False
    ).get_opcodes():
        gone, come = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        if op == "equal":
            found.append(Passage(Op.SAME, come))
        else:
            found += _words_within(_tokens(gone, pattern), _tokens(come, pattern))
    return tuple(_joined(found))


def is_same_text(before: str, after: str) -> bool:
    r"""Whether two texts differ in white space at most.

    >>> is_same_text("a  b", "a\nb"), is_same_text("a b", "a c")
    (True, False)
    """
    return before == after or before.split() == after.split()


def _pattern(text: str) -> re.Pattern[str]:
    return _JAPANESE if _KANA.search(text) else _OTHER


def _key(sentence: str) -> str:
    return " ".join(sentence.split())


def _tokens(text: str, pattern: re.Pattern[str]) -> list[_Token]:
    return [_Token(word, space) for word, space in pattern.findall(text)]


def _words_within(old: Sequence[_Token], new: Sequence[_Token]) -> Iterator[Passage]:
    gone, come = _text(old), _text(new)
    if len(old) * len(new) > _MOST_PAIRS:
        yield from _replaced(gone, come)
        return
    matcher = SequenceMatcher(None, [one.word for one in old], [one.word for one in new], autojunk=False)
    if matcher.ratio() < _LEAST_LIKENESS and not _share_a_stem(old, new):
        yield from _replaced(gone, come)
        return
    for op, old_start, old_end, new_start, new_end in _without_islands(matcher.get_opcodes(), new):
        left, right = old[old_start:old_end], new[new_start:new_end]
        if op == "equal":
            yield Passage(Op.SAME, _text(right))
        elif _share_a_stem(left, right):
            yield from _endings(left[0], right[0])
        else:
            yield from _replaced(_text(left), _text(right))


def _without_islands(
    opcodes: Sequence[tuple[str, int, int, int, int]], new: Sequence[_Token]
) -> Iterator[tuple[str, int, int, int, int]]:
    """The opcodes with changes joined that only a comma or an "of" keeps apart."""
    pending: tuple[str, int, int, int, int] | None = None
    for position, code in enumerate(opcodes):
        op, old_start, old_end, new_start, new_end = code
        between = 0 < position < len(opcodes) - 1
        text = "".join(one.word for one in new[new_start:new_end])
        is_island = op == "equal" and between and len(text) <= _ISLAND_CHARS and not _HANGUL.match(text)
        if op != "equal" or is_island:
            if pending is None:
                pending = ("replace", old_start, old_end, new_start, new_end)
            else:
                pending = ("replace", pending[1], old_end, pending[3], new_end)
            continue
        if pending is not None:
            yield pending
            pending = None
        yield code
    if pending is not None:
        yield pending


def _share_a_stem(old: Sequence[_Token], new: Sequence[_Token]) -> bool:
    """Whether one Korean word became another form of itself: the same beginning under another particle."""
    if len(old) != 1 or len(new) != 1:
        return False
    before, after = old[0].word, new[0].word
    shared = _common_start(before, after)
    return bool(_HANGUL.match(before) and _HANGUL.match(after)) and shared >= 2 and 2 * shared >= len(before)


def _endings(old: _Token, new: _Token) -> Iterator[Passage]:
    shared = _common_start(old.word, new.word)
    yield Passage(Op.SAME, new.word[:shared])
    yield from _replaced(old.word[shared:], new.word[shared:])
    yield Passage(Op.SAME, new.space)


def _common_start(before: str, after: str) -> int:
    length = 0
    for old, new in zip(before, after, strict=False):
        if old != new:
            break
        length += 1
    return length


def _replaced(gone: str, come: str) -> Iterator[Passage]:
    """What went and what came; the white space after both is part of neither."""
    words_gone, words_come = gone.rstrip(), come.rstrip()
    if not words_gone or not words_come:
        words_gone, words_come = gone, come
    yield Passage(Op.DELETED, words_gone)
    yield Passage(Op.INSERTED, words_come)
    yield Passage(Op.SAME, come[len(words_come) :])


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(one.text for one in tokens)


def _joined(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Neighbours of one kind as one, deleted text before inserted text, empty ones left out."""
    gone = come = same = ""
    for one in passages:
        if one.op is Op.SAME and one.text:
            if gone or come:
                if same:
                    yield Passage(Op.SAME, same)
                yield from _changed(gone, come)
                gone = come = same = ""
            same += one.text
        elif one.op is Op.DELETED:
            gone += one.text
        elif one.op is Op.INSERTED:
            come += one.text
    if same:
        yield Passage(Op.SAME, same)
    yield from _changed(gone, come)


def _changed(gone: str, come: str) -> Iterator[Passage]:
    if gone:
        yield Passage(Op.DELETED, gone)
    if come:
        yield Passage(Op.INSERTED, come)
