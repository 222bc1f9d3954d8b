from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from pipeline.text.linking import Member, compare, explain
from pipeline.text.signature import sign
from pipeline.text.stories import link_members
from tests.unit.linking.stories_by_hand import FIRST, WRITTEN, Written
from tests.unit.linking.traps_by_hand import TRAPS


def _members(with_credit: bool = True) -> list[tuple[Written, Member]]:
    return [(written, written.member(f"{place:03d}", with_credit)) for place, written in enumerate(WRITTEN)]


def _first(story: str, kind: str = "origin") -> Member:
    return next(member for written, member in _members() if (written.story, written.kind) == (story, kind))


@pytest.mark.parametrize("with_credit", [True, False], ids=["credited", "uncredited"])
def test_every_copy_joins_its_story_and_no_trap_does(with_credit: bool) -> None:
    members = _members(with_credit)
    stories = link_members([member for _, member in members])
    found = {written.story: set() for written in WRITTEN}
    for written, member in members:
        found[written.story].add(stories[member.article_id].story_id)
    assert all(len(ids) == 1 for ids in found.values())
    assert len(set().union(*found.values())) == len(found)


@pytest.mark.parametrize(
    ("language", "one", "other"), [pytest.param(*texts, id=name) for name, *texts in TRAPS]
)  # fmt: skip
def test_a_trap_is_refused_whether_credited_or_not(language: str, one: str, other: str) -> None:
    first, second = _plain(one, "a", language), _plain(other, "b", language)
    assert compare(first, second) is None
    credit = {"agency": "Alpha", "agencies": ("Alpha",)}
    assert compare(replace(first, **credit), replace(second, **credit)) is None


def test_a_verdict_does_not_depend_on_which_text_is_named_first() -> None:
    for (_, one), (_, other) in combinations(_members(), 2):
        assert explain(one, other) == explain(other, one)


def test_a_link_says_why() -> None:
    link = compare(_first("tunnel"), _first("tunnel", "spun"))
    assert link is not None
    assert link.reason == "retold"
    assert 0.5 < link.similarity < 1
    assert any("numbers" in fact for fact in link.evidence)
    assert any("rather than a followup" in fact and "leads +" in fact for fact in link.evidence)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"language": "ja"}, "language", id="another language"),
        pytest.param({"published_at": FIRST + timedelta(hours=97)}, "time", id="too late"),
    ],
)
def test_a_copy_is_refused_with_its_reason(change: dict, reason: str) -> None:
    origin = _first("tunnel")
    other = replace(origin, article_id="x", **change)
    assert (explain(origin, other).link, explain(origin, other).reason) == (None, reason)


def test_signatures_of_two_versions_are_never_compared() -> None:
    origin = _first("tunnel")
    other = replace(origin, signature=replace(origin.signature, version=origin.signature.version + 1))
    assert explain(origin, other).reason == "version"


def test_an_undated_copy_is_compatible_with_any_time() -> None:
    origin = _first("tunnel")
    late = replace(_first("tunnel", "cut"), published_at=None)
    assert compare(replace(origin, published_at=FIRST + timedelta(days=900)), late) is not None


def test_undated_texts_need_as_much_in_common_as_those_published_days_apart() -> None:
    paragraphs = WRITTEN[0].text.split("\n\n")
    origin = _plain(WRITTEN[0].text)
    local = (
        "Shopkeepers near the pier hope that visitors will come to look at the machine, which is to stand in a park. "
        "The council has not decided who is to pay for its move, and some neighbors would rather see a playground."
    )
    part = _plain("\n\n".join([*paragraphs[1:4], local]), "part")
    assert compare(origin, part) is not None
    for date in (None, FIRST + timedelta(hours=30)):
        assert compare(origin, replace(part, published_at=date)) is None


def test_another_agencys_report_needs_more_than_shared_quotes() -> None:
    origin, other = _first("tunnel"), _first("tunnel-other", "independent")
    assert compare(origin, other) is None
    assert compare(replace(origin, agency=""), replace(other, agency="")) is None


def test_another_credit_on_a_verbatim_copy_is_outweighed() -> None:
    origin, cut = _first("tunnel"), _first("tunnel", "cut")
    assert compare(origin, replace(cut, agency="Beacon", agencies=("Beacon",))) is not None


def test_another_credit_on_a_rewritten_text_is_evidence_against() -> None:
    origin, rewritten = _first("tunnel"), _first("tunnel", "rewritten")
    assert compare(origin, rewritten) is not None
    assert compare(origin, replace(rewritten, agency="Beacon", agencies=("Beacon",))) is None


def _plain(text: str, article_id: str = "x", language: str = "en") -> Member:
    return Member(article_id, language, FIRST, "", sign(text, language))


def test_first_paragraphs_of_six_stories_join_none_of_them() -> None:
    texts = [written.text for written in WRITTEN if written.language == "en" and written.kind != "cut"]
    mixture = _plain("\n\n".join(text.split("\n\n")[0] for text in texts))
    stories = [member for written, member in _members() if written.language == "en"]
    assert all(compare(mixture, member) is None for member in stories)


def test_a_brief_inside_a_round_up_stays_out_of_it() -> None:
    english = [written.text.split("\n\n") for written in WRITTEN if written.language == "en"]
    brief = _plain("\n\n".join(english[0][:2]), "brief")
    squid, other, cracks = ("\n\n".join(english[place][:3]) for place in (6, 4, 5))
    roundup = _plain(
        "\n\n".join(["Also in the news this morning from the region.", squid, *english[0][:2], other]), "r"
    )
    assert explain(brief, roundup).reason == "part_of_a_roundup"
    assert compare(_plain(cracks, "c"), roundup) is None


def test_empty_and_one_sentence_texts_link_only_with_their_like() -> None:
    empty, sentence = _plain(""), _plain("The council meets again on Tuesday to vote on the budget.", "s")
    assert compare(empty, _plain("", "y")) is None
    assert compare(sentence, replace(sentence, article_id="y")) is not None
    assert all(compare(sentence, member) is None and compare(empty, member) is None for _, member in _members())


def test_one_line_repeated_for_a_megabyte_merges_with_nothing_else() -> None:
    origin = _first("tunnel")
    line = WRITTEN[0].text.split("\n\n")[1] + "\n"
    assert compare(_plain(line * 7_000), origin) is None


def test_a_chrome_longer_than_the_story_does_not_merge_two_stories() -> None:
    chrome = "\n".join(
        f"Menu entry {word}: read {word} news, follow {word} and subscribe to the {word} letter of our house"
        for word in ("garden", "travel", "money", "sport", "weather", "opinion", "books", "science", "cars", "games")
    )
    one = _plain("Mayor Lindqvist opened a reading room for sailors in the old customs house.\n" + chrome, "a")
    other = _plain("A heron was freed from a fishing net by two pupils near the northern pier.\n" + chrome, "b")
    assert compare(one, other) is None
