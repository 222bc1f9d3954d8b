"""The labelled attribution set keeps its promises: unique, consistent, hard, none of it from the development set."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.shared_material import shared_path

FOLDER = Path(__file__).parents[2] / "quality" / "labelled"
LANGUAGES = ("en", "ko", "ja")
AGENCIES = frozenset(
    {
        "AFP",
        "ANI",
        "ANSA",
        "AP",
        "Anadolu",
        "Bloomberg",
        "CNA",
        "EFE",
        "Interfax",
        "Jiji",
        "KCNA",
        "Kyodo",
        "News1",
        "Newsis",
        "PA",
        "PTI",
        "Reuters",
        "TASS",
        "UPI",
        "Xinhua",
        "Yonhap",
        "dpa",
    }
)
# Publishers that are the agency itself: the chain starts with its code.
AGENCY_PUBLISHERS = {
    "Yonhap News Agency": "Yonhap",
    "연합뉴스": "Yonhap",
    "聯合ニュース": "Yonhap",
    "Kyodo News": "Kyodo",
    "共同通信": "Kyodo",
}
# An agency's name or a word that looks like one, in the text of a hard negative.
TEMPTATION = re.compile(
    r"(?<![A-Za-z])AP(?![A-Za-z])|Associated Press|AFP|ＡＰ|ＡＦＰ|UPI|[Uu]nited [Pp]ress"
    r"|Reuters|로이터|ロイター|Bloomberg|블룸버그|ブルームバーグ|Yonhap|연합|聯合|連合"
    r"|Kyodo|KYODO|교도|共同|Jiji|지지|時事|뉴시스|뉴스1|뉴스와이어|Xinhua|신화|新華社"
    r"|KCNA|조선중앙통신|朝鮮中央通信|TASS|PTI|Interfax|agencies|외신|통신사"
    r"|PRNewswire|PR Newswire|BUSINESS WIRE|PR TIMES"
)


def items(language: str) -> list[dict]:
    lines = (FOLDER / f"attribution-{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def all_items() -> list[dict]:
    return [item for language in LANGUAGES for item in items(language)]


def is_negative(item: dict) -> bool:
    return item["pattern"].startswith("neg_")


def flat(text: str) -> str:
    return "".join(text.casefold().split())


def shingles(text: str, length: int) -> set[str]:
    letters = re.sub(r"\W+", "", text).lower()
    return {letters[start : start + length] for start in range(len(letters) - length + 1)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_have_the_schema_and_ids_of_their_language(language):
    for number, item in enumerate(items(language), 1):
        assert set(item) == {"id", "lang", "publisher", "head", "tail", "pattern", "gold"}
        assert set(item["gold"]) == {
            "agency",
            "agencies",
            "dateline_place",
            "dateline_date",
            "contributors",
            "byline",
            "chain",
            "is_wire",
        }
        assert item["id"] == f"l-att-{language}-{number:03}"
        assert item["lang"] == language
        assert all(set(person) == {"name", "place"} for person in item["gold"]["contributors"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_agency_wire_and_pattern_agree(language):
    for item in items(language):
        gold = item["gold"]
        assert set(gold["agencies"]) <= AGENCIES, item["id"]
        assert len(gold["agencies"]) == len(set(gold["agencies"])), item["id"]
        assert gold["agency"] == (gold["agencies"][0] if gold["agencies"] else None), item["id"]
        assert gold["is_wire"] == bool(gold["agencies"]) == (not is_negative(item)), item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_chain_leads_from_the_publisher_to_the_agencies(language):
    for item in items(language):
        chain, publisher = item["gold"]["chain"], item["publisher"]
        assert chain[0] == AGENCY_PUBLISHERS.get(publisher, publisher), item["id"]
        if is_negative(item):
            assert chain == [publisher], item["id"]
        else:
            assert chain[-1] == " & ".join(item["gold"]["agencies"]), item["id"]
        for link in chain[1:-1]:
            assert link in AGENCIES or link in item["head"] + item["tail"], item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_words_of_the_text(language):
    for item in items(language):
        gold, text = item["gold"], flat(item["head"] + item["tail"])
        people = gold["contributors"]
        words = [gold["dateline_place"], *gold["byline"]]
        words += [person[part] for person in people for part in ("name", "place")]
        assert [word for word in words if word and flat(word) not in text] == [], item["id"]


def test_dates_are_partial_dates_whose_day_the_head_states():
    dated = [item for item in all_items() if item["gold"]["dateline_date"]]
    assert len(dated) >= 30
    for item in dated:
        date = item["gold"]["dateline_date"]
        assert re.fullmatch(r"(\d{4}-\d\d|--\d\d)-\d\d|--\d\d", date), item["id"]
        head = item["head"].translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        assert re.search(rf"(?<!\d){int(date[-2:])}(?!\d)", head), item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_set_is_large_hard_and_varied(language):
    labelled = items(language)
    negatives = [item for item in labelled if is_negative(item)]
    assert len(labelled) >= 100
    assert 0.4 * len(labelled) <= len(negatives) <= 0.6 * len(labelled)
    tempting = [item for item in negatives if TEMPTATION.search(item["head"] + item["tail"])]
    assert len(tempting) >= 0.75 * len(negatives)
    assert len({item["publisher"] for item in labelled}) >= 10
    assert len({item["pattern"] for item in labelled}) >= 70
    assert sum(item["gold"]["dateline_place"] is not None for item in labelled) >= len(labelled) / 3
    # A dateline alone must not give the answer away.
    assert sum(item["gold"]["dateline_place"] is not None for item in negatives) >= 10


def test_every_agency_is_the_answer_somewhere():
    named = {agency for item in all_items() for agency in item["gold"]["agencies"]}
    assert named == AGENCIES


def test_heads_and_tails_have_the_length_of_excerpts():
    for item in all_items():
        assert 2 <= len(item["head"].split("\n\n")) <= 6, item["id"]
        assert 1 <= len(item["tail"].split("\n")) <= 3, item["id"]
        assert all(line == line.strip() != "" for line in (item["head"] + "\n\n" + item["tail"]).split("\n") if line)


def test_no_head_occurs_twice():
    heads = Counter(item["head"] for item in all_items())
    assert [head for head, count in heads.items() if count > 1] == []


# Long enough to let an agency's own formula pass ("Copyright ... United Press International"), short of a sentence.
@pytest.mark.parametrize(("language", "length"), [("en", 40), ("ko", 16), ("ja", 16)])
def test_no_head_repeats_words_of_a_development_item(language, length):
    lines = shared_path("eval", "attribution", "dev.jsonl").read_text(encoding="utf-8").splitlines()
    known = set().union(*(shingles(row["head"], length) for row in map(json.loads, lines) if row["lang"] == language))
    repeated = {item["id"]: common for item in items(language) if (common := shingles(item["head"], length) & known)}
    assert repeated == {}
