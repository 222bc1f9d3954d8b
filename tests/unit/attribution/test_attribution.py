import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.attribution import attribute_wire
from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.lines import fold
from schemas.wire_rules import load_agencies
from tests.shared_material import shared_path
from tests.unit.attribution.house_styles import CASES, JAPANESE, KOREAN, STORY

CODES = {agency.id for agency in load_agencies()}


def attributed(text: str, publisher: str = "Tide Daily", **claims):
    return attribute_wire(text, strip_boilerplate(text, "", "").body, publisher=publisher, **claims)


@pytest.mark.parametrize(("text", "publisher", "agency", "place"), CASES)
def test_house_style_tells_agency_and_place(text, publisher, agency, place):
    wire = attributed(text, publisher)
    assert (wire.agency, wire.dateline_city) == (agency, place)
    assert wire.is_wire == bool(agency)


def test_agency_that_signs_at_the_end_names_its_bureau():
    wire = attributed("韓国の大統領は来月東京を訪れると述べた。両国は日程を詰めている。（ソウル共同）", "桜台新聞")
    assert (wire.agency, wire.dateline_place, wire.dateline_city) == ("Kyodo", "ソウル", "Seoul")


def test_word_before_an_agency_at_the_end_that_is_no_place_signs_nothing():
    assert not attributed("韓国の大統領は来月東京を訪れると述べた。（男女共同）", "桜台新聞").is_wire


def test_copyright_of_an_agency_above_the_story_counts():
    wire = attributed(f"Copyright 2026 The Associated Press. All rights reserved.\n\nHIROSHIMA, Japan — {STORY}")
    assert (wire.agency, wire.dateline_city) == ("AP", "Hiroshima")


@pytest.mark.parametrize(
    ("text", "publisher", "chain"),
    [
        pytest.param(
            f"(도쿄 교도=연합뉴스) {KOREAN}", "한려투데이", ("한려투데이", "Yonhap", "Kyodo"), id="kyodo-through-yonhap"
        ),
        pytest.param(f"[도쿄=AP/뉴시스] {KOREAN}", "동해일보", ("동해일보", "Newsis", "AP"), id="ap-through-newsis"),
        pytest.param(
            f"【モスクワ・タス＝共同】{JAPANESE}", "北浜新聞", ("北浜新聞", "Kyodo", "TASS"), id="tass-through-kyodo"
        ),
        pytest.param(f"【ソウルAFP＝時事】{JAPANESE}", "北浜新聞", ("北浜新聞", "Jiji", "AFP"), id="afp-through-jiji"),
        pytest.param(f"PARIS (AFP-Jiji) — {STORY}", "Tide", ("Tide", "Jiji", "AFP"), id="joint-name"),
        pytest.param(f"TOKYO (AP, Kyodo) — {STORY}", "Tide", ("Tide", "AP & Kyodo"), id="compiled"),
        pytest.param(f"SEOUL (Yonhap) — {STORY}", "연합뉴스", ("Yonhap",), id="the-agency-itself"),
        pytest.param(
            f"{STORY}\n\nSource: Harbour Post via Reuters", "Dock", ("Dock", "Harbour Post", "Reuters"), id="source-via"
        ),
        pytest.param(
            f"{STORY}\n\n[AFP via Harbour Post]", "Dock", ("Dock", "Harbour Post", "AFP"), id="agency-via-outlet"
        ),
        pytest.param(
            f"Originally published by Harbour Post\n\n{STORY}", "Dock", ("Dock", "Harbour Post"), id="no-agency"
        ),
        pytest.param(
            f"동해일보 원문보기\n\n(서울=뉴스1) 계영 기자 = {KOREAN}",
            "포털",
            ("포털", "동해일보", "News1"),
            id="portal",
        ),
        pytest.param(
            f"引用元：北浜新聞\n\n【福岡共同】{JAPANESE}", "まとめ", ("まとめ", "北浜新聞", "Kyodo"), id="blog"
        ),
        pytest.param(
            f"Get all your news in one place.\n\nStart reading\n\nThe Harbour Post UK\n\nThe Harbour Post UK\n\n"
            f"World\n\nVia AP news wire\n\n{STORY}\n\nTop stories on inkl right now",
            "",
            ("inkl", "The Harbour Post", "AP"),
            id="aggregator-known-by-its-chrome",
        ),
    ],
)
def test_chain_runs_from_outlet_to_origin(text, publisher, chain):
    assert attributed(text, publisher).chain == chain


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "Associated Press writers Bo Tillman in Jackson, Mississippi, Ana Ruiz in Houston"
            " and Al Pratt contributed.",
            [("Bo Tillman", "Jackson, Mississippi"), ("Ana Ruiz", "Houston"), ("Al Pratt", "")],
        ),
        (
            "Additional reporting by Dermot Haskell in Singapore and Min-ah Gook",
            [("Dermot Haskell", "Singapore"), ("Min-ah Gook", "")],
        ),
        ("(도쿄=반태수, 파리=명해준 특파원)", [("반태수", "도쿄"), ("명해준", "파리")]),
        ("With additional information from Reuters and Yonhap", [("Reuters", ""), ("Yonhap", "")]),
        ("Associated Press Business Writers in Hong Kong contributed.", []),
    ],
)
def test_contributors_are_named_with_their_places(text, people):
    assert [(person.name, person.place) for person in attributed(f"{STORY}\n\n{text}").contributors] == people


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        (f"By JAE-EUN PYO\n\nSEOUL (AP) — {STORY}", ("Jae-eun Pyo",)),
        (f"MARGE OAKLEY, Associated Press\n\n{STORY}", ("Marge Oakley",)),
        (f"By STU McDANE AP Business Writer\n\n{STORY}", ("STU McDANE",)),
        (f"(서울=연합뉴스) 차명근 옥지민 기자 = {KOREAN}", ("차명근", "옥지민")),
        (f"【ソウル＝栗林亮】{JAPANESE}", ("栗林亮",)),
        (f"{KOREAN}\n\n봉윤재 논설위원", ("봉윤재",)),
        (f"SEOUL — By Nell Farrow\n\n{STORY}", ("Nell Farrow",)),
        (f"Girls Basketball results\n\n{STORY}", ()),
    ],
)
def test_byline(text, byline):
    assert attributed(text).byline == byline


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (f"GENEVA, July 8 (AP) — {STORY}", "--07-08"),
        (f"TOKYO, Dec. 3, 2026 (AFP) - {STORY}", "2026-12-03"),
        (f"［東京　１０日　ロイター］ - {JAPANESE}", "--10"),
        (f"【6月18日 AFP】{JAPANESE}", "--06-18"),
        (f"SEOUL (AP) — {STORY}", ""),
    ],
)
def test_date_of_the_dateline_as_far_as_stated(text, date):
    assert attributed(text).dateline_date == date


def test_dateline_is_kept_as_written():
    wire = attributed(f"SEOUL, South Korea (AP) — {STORY}")
    assert (wire.dateline, wire.dateline_place) == ("SEOUL, South Korea", "Seoul")
    assert attributed(f"（ソウル＝共同）{JAPANESE}").dateline == "ソウル"


@pytest.mark.parametrize(
    ("text", "place", "city"),
    [
        pytest.param(f"SEOUL, South Korea (AP) — {STORY}", "Seoul", "Seoul", id="english-with-region"),
        pytest.param(f"KIEV, Ukraine (AP) — {STORY}", "Kiev", "Kyiv", id="english-older-name"),
        pytest.param(f"(부산=연합뉴스) {KOREAN}", "부산", "Busan", id="korean"),
        pytest.param(f"(서울·도쿄=연합뉴스) {KOREAN}", "서울", "Seoul", id="korean-two-cities"),
        pytest.param(f"【ワシントン共同】{JAPANESE}", "ワシントン", "Washington", id="japanese"),
        pytest.param(STORY, "", "", id="none"),
    ],
)
def test_place_keeps_its_script_and_the_city_has_one_name_in_all_languages(text, place, city):
    wire = attributed(text)
    assert (wire.dateline_place, wire.dateline_city) == (place, city)


def test_claims_of_structured_data_count_but_less_than_the_text():
    hinted = attributed(STORY, credit_hints=("Reuters",))
    signed = attributed(f"SEOUL (AP) — {STORY}", credit_hints=("Reuters",))
    assert (hinted.agency, signed.agency) == ("Reuters", "AP")
    assert hinted.confidence < signed.confidence
    assert attributed(STORY, authors=("AFP",)).agency == "AFP"


def test_agreeing_evidence_raises_confidence():
    once = attributed(f"SEOUL (AP) — {STORY}")
    twice = attributed(f"SEOUL (AP) — {STORY}\n\n© 2026 The Associated Press. All rights reserved.")
    assert {evidence.kind for evidence in twice.evidence} == {"dateline", "copyright"}
    assert twice.confidence > once.confidence


FIRST, SECOND = ("seeds", "000_7d5e1cc04953d96f.txt"), ("seeds", "001_202df84bf78b4f01.txt")


def test_first_seed_is_an_agency_story_from_seoul_with_one_contributor():
    wire = attributed(shared_path(*FIRST).read_text(encoding="utf-8"), "")
    assert (wire.agency, wire.dateline, wire.dateline_place) == ("AP", "SEOUL, South Korea", "Seoul")
    assert [person.place for person in wire.contributors] == ["Tokyo"]


def test_second_seed_came_through_an_aggregator_and_an_outlet():
    wire = attributed(shared_path(*SECOND).read_text(encoding="utf-8"), "")
    assert wire.chain == ("inkl", "The Independent", "AP")
    assert (wire.agency, wire.dateline, wire.byline) == ("AP", "", ())


pieces = st.one_of(st.sampled_from([case[0] for case in CASES]), st.text(max_size=60))


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=6).map("\n\n".join))
def test_any_text_gets_a_wire_whose_words_stand_in_it(text):
    wire = attribute_wire(text, "", publisher="Tide Daily")
    assert wire.is_wire == (wire.agency in CODES)
    assert set(wire.agencies) <= CODES
    assert 0 <= wire.confidence <= 1
    assert fold(wire.dateline) in fold(text)
    assert wire.chain[0] == "Tide Daily"
    assert bool(wire.evidence) == wire.is_wire
