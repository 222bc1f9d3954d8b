import pytest

from pipeline.text.attribution import attribute_wire
from pipeline.text.credit_lines import read_credit_line
from pipeline.text.lines import fold
from pipeline.text.places import normalise_place
from pipeline.text.relays import aggregator_of
from schemas.wire_rules import load_agencies, load_aggregators, load_credit_rules, load_places, load_wire_words


def examples(rules, field):
    return [pytest.param(rule, text, id=f"{rule.id}: {text[:32]}") for rule in rules for text in getattr(rule, field)]


@pytest.mark.parametrize(("agency", "text"), examples(load_agencies(), "matches"))
def test_agency_is_found_where_it_signs(agency, text):
    wire = attribute_wire(text, "", publisher="Tide Daily")
    assert wire.agency == ("" if agency.press_release else agency.id)


@pytest.mark.parametrize(("agency", "text"), examples(load_agencies(), "spares"))
def test_a_name_inside_a_sentence_is_no_origin(agency, text):
    assert not attribute_wire(text, "", publisher="Tide Daily").is_wire


@pytest.mark.parametrize(("rule", "line"), examples(load_credit_rules(), "matches"))
def test_credit_rule_reads_the_lines_it_names(rule, line):
    assert rule.id in [credit.rule.id for credit in read_credit_line(fold(line), in_tail=True)]


@pytest.mark.parametrize(("rule", "line"), examples(load_credit_rules(), "spares"))
def test_credit_rule_spares_what_it_names(rule, line):
    assert rule.id not in [credit.rule.id for credit in read_credit_line(fold(line), in_tail=True)]


@pytest.mark.parametrize(("aggregator", "line"), examples(load_aggregators(), "matches"))
def test_aggregator_is_known_by_its_chrome(aggregator, line):
    assert aggregator_of([line]) == aggregator.names[0]


@pytest.mark.parametrize(("aggregator", "line"), examples(load_aggregators(), "spares"))
def test_other_lines_name_no_aggregator(aggregator, line):
    assert aggregator_of([line]) == ""


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("SEOUL, South Korea", "Seoul"),
        ("서울", "Seoul"),
        ("ソウル", "Seoul"),
        ("釜山", "Busan"),
        ("워싱턴", "Washington"),
        ("WASHINGTON, D.C.", "Washington"),
        ("Kiev", "Kyiv"),
        ("PORT-AU-PRINCE, Haiti", "Port-au-Prince"),
        ("서울·도쿄", "Seoul"),
        ("가평", "가평"),
    ],
)
def test_place_is_named_in_english_where_the_gazetteer_has_it(written, name):
    assert normalise_place(written) == name


def test_words_that_are_no_places_are_in_no_gazetteer():
    labels = {word.casefold().replace(" ", "") for words in load_wire_words().not_places for word in words}
    assert not labels & set(load_places())
