import re

import pytest

from pipeline.text.corrections import correction_notices
from pipeline.text.lines import fold
from schemas.line_rules import load_correction_rules

RULES = load_correction_rules()


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule in RULES for line in rule.matching])
def test_rule_finds_its_notices(rule, line):
    assert re.search(rule.pattern, fold(line), re.IGNORECASE)


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule in RULES for line in rule.non_matching])
def test_no_rule_takes_a_story_for_a_notice(rule, line):
    assert correction_notices(line if rule.place == "title" else "", line if rule.place == "line" else "") == ()


def test_notices_come_once_and_the_title_first():
    text = "Correction: the port is Busan.\nThe ferry left.\nCorrection: the port is Busan."
    assert [one.text for one in correction_notices("[정정] 한일 회담", text)] == [
        "[정정] 한일 회담",
        "Correction: the port is Busan.",
    ]


def test_a_paragraph_that_mentions_a_notice_is_none():
    assert correction_notices("", "An earlier version of this article was wrong. " + "The story goes on. " * 40) == ()
