"""People, bodies, places, events and contested names."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.text.topics.tagging import tag_topics
from schemas.gazetteer import entities, events, people


def named(body: str, day: date | None = None) -> dict[str, str]:
    topics = tag_topics("", f"{body} Seoul protested to Tokyo over Dokdo.", "", day)
    return {mention.entity: mention.role for mention in topics.entities}


@pytest.mark.parametrize(
    ("body", "day", "entity"),
    [
        pytest.param("菅首相が訪韓した。", date(2010, 9, 1), "person:kan-naoto", id="Kan in 2010"),
        pytest.param("菅首相が電話した。", date(2021, 2, 1), "person:suga-yoshihide", id="Suga in 2021"),
        pytest.param("小泉首相が訪韓した。", date(2004, 7, 1), "person:koizumi-junichiro", id="Koizumi the premier"),
        pytest.param("小泉防衛相が会談した。", date(2025, 11, 1), "person:koizumi-shinjiro", id="Koizumi the minister"),
        pytest.param("河野外相が会談した。", date(2000, 5, 1), "person:kono-yohei", id="Kono in 2000"),
        pytest.param("河野外相が会談した。", date(2018, 5, 1), "person:kono-taro", id="Kono in 2018"),
        pytest.param("福田首相が会談した。", date(2008, 2, 25), "person:fukuda-yasuo", id="Fukuda in 2008"),
        pytest.param("President Lee spoke.", date(2012, 8, 10), "person:lee-myung-bak", id="Lee in 2012"),
        pytest.param("President Lee spoke.", date(2025, 8, 10), "person:lee-jae-myung", id="Lee in 2025"),
        pytest.param("문 대통령이 말했다.", date(2019, 8, 10), "person:moon-jae-in", id="Moon"),
        pytest.param("Defense Minister Kihara spoke.", date(2024, 1, 10), "person:kihara-minoru", id="Kihara"),
    ],
)
def test_ambiguous_surnames_are_resolved_by_office_and_date(body, day, entity):
    people_named = [found for found in named(body, day) if found.startswith("person:")]
    assert people_named == [entity]


@pytest.mark.parametrize(
    "body",
    [
        "Fumio Kishida",
        "Kishida Fumio",
        "Prime Minister Kishida",
        "기시다 후미오",
        "기시다 총리",
        "岸田文雄",
        "岸田首相",
        "岸田氏",
    ],
)
def test_one_person_has_one_id_in_every_language(body):
    assert "person:kishida-fumio" in named(f"{body} met them.", date(2023, 5, 7))


@pytest.mark.parametrize(
    "body", ["Lee Jae-myung", "Lee Jae Myung", "Lee Jaemyung", "Yi Jae-myeong", "이재명", "李在明", "イ・ジェミョン"]
)
def test_spellings_and_orders_of_a_korean_name_are_one_person(body):
    assert "person:lee-jae-myung" in named(f"{body} spoke.")


def test_an_office_is_former_after_its_term():
    assert named("岸田文雄氏が訪韓した。", date(2023, 5, 7))["person:kishida-fumio"] == "prime minister"
    assert named("岸田文雄氏が訪韓した。", date(2025, 5, 7))["person:kishida-fumio"] == "former prime minister"
    assert named("岸田文雄氏が訪韓した。")["person:kishida-fumio"] == ""


def test_an_ambiguous_form_without_a_date_names_nobody():
    assert not [found for found in named("菅首相が訪韓した。") if found.startswith("person:")]


def test_a_full_name_in_the_text_settles_a_later_surname():
    found = named("菅直人氏は当時、首相だった。菅首相は訪韓した。")
    assert "person:kan-naoto" in found
    assert "person:suga-yoshihide" not in found


def test_contested_names_are_what_the_outlet_wrote():
    assert tag_topics("", "Japan claims Takeshima; Seoul protested.", "en", None).contested_names == (
        "islets:takeshima",
    )
    both = tag_topics("", "독도(일본명 다케시마)를 두고 정부가 항의했다. 일왕도 언급됐다.", "ko", None).contested_names
    assert both == ("emperor:king", "islets:dokdo", "islets:takeshima")


def test_an_event_needs_its_date_and_its_word_in_one_sentence():
    body = "대법원은 2018년 10월 30일 강제동원 판결을 내렸다. 일본은 반발했다."
    assert tag_topics("", body, "ko", None).events == ("2018-10-30-nippon-steel-ruling",)
    apart = "대법원 판결이 있었다. 일본은 2018년 10월 강제동원 문제에 반발했다."
    assert tag_topics("", apart, "ko", None).events == ()


def test_ids_are_unique_and_terms_do_not_end_before_they_begin():
    ids = (
        [person.id for person in people()] + [entity.id for _, entity in entities()] + [event.id for event in events()]
    )
    assert len(ids) == len(set(ids))
    for person in people():
        for term in person.terms:
            assert term.until is None or term.since <= term.until
