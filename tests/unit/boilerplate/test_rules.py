import re
from importlib.resources import files

import pytest

from pipeline.text.lines import fold
from pipeline.text.phrases import Phrases
from schemas.boilerplate_rules import BoilerplateRule, load_boilerplate_rules, load_wall_rules

LINE_RULES = load_boilerplate_rules()
WALL_RULES = load_wall_rules()
RULES = LINE_RULES + WALL_RULES
EVERY = {True: Phrases(WALL_RULES), False: Phrases(LINE_RULES)}


def example(rule: BoilerplateRule, line: str):
    return pytest.param(rule, line, id=f"{rule.id}: {line[:30]}")


@pytest.mark.parametrize(("rule", "line"), [example(rule, line) for rule in RULES for line in rule.matches])
def test_rule_covers_the_lines_it_names(rule, line):
    assert Phrases([rule]).cover(fold(line)), f"{rule.id} does not cover its own example"


@pytest.mark.parametrize(("rule", "line"), [example(rule, line) for rule in RULES for line in rule.spares])
def test_no_rule_covers_what_one_rule_spares(rule, line):
    found = EVERY[rule in WALL_RULES].cover(fold(line))
    assert not found, f"{[other.id for other in found]}"


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_id_says_language_and_source_is_stated(rule):
    assert rule.id.split(".")[0] in {"en", "ko", "ja", "eu"}
    assert len(rule.source) > 10
    assert not re.search(r"https?://", " ".join(rule.phrases))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *(("boilerplate", name) for name in ("en", "ko", "ja", "eu")),
        *(("walls", name) for name in ("en", "ko", "ja")),
    ],
)
def test_rules_stand_in_their_files_in_order_of_id(folder, name):
    text = files("schemas.data").joinpath(folder, f"{name}.yaml").read_text(encoding="utf-8")
    written = re.findall(r"(?m)^- id: (\S+)", text)
    assert written == sorted(written)
