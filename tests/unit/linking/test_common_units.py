from __future__ import annotations

import pytest

from deploy.tables.count_common_units import corpus_table
from pipeline.text.characters import characters
from pipeline.text.outline import unit_texts
from schemas.common_units import CommonUnits, count_levels, default_common_units, parse_common_units
from schemas.errors import ConfigError


def test_the_table_that_ships_is_what_the_command_counts() -> None:
    assert corpus_table(default_common_units().version) == default_common_units()


def test_a_table_is_read_as_it_was_written() -> None:
    table = CommonUnits(3, (("agree", 2), ("정부", 1)))
    assert parse_common_units(table.text()) == table


@pytest.mark.parametrize("text", ["", "release 3\n", "version x\n", "version 3\n9 agree\n", "version 3\n1 two words\n"])
def test_a_broken_table_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="common words"):
        parse_common_units(text)


def test_levels_do_not_depend_on_the_order_of_documents_nor_on_another_script() -> None:
    documents = [("letters", frozenset({"agree", f"name{place}"})) for place in range(20)]
    other = [("han", frozenset({"政府"})) for _ in range(4)]
    table = count_levels(documents + other, 1)
    assert table == count_levels(other + documents[::-1], 1)
    assert dict(table.levels) == {"agree": 4, "政府": 4}


def test_units_are_stems_pairs_and_words_without_numbers() -> None:
    assert unit_texts(characters("Ministers met 12 envoys")) == ("letters", {"minis", "met", "envoy"})
    assert unit_texts(characters("日韓首脳がタンカー２隻を")) == ("han", {"日韓", "韓首", "首脳", "タンカー"})
    assert unit_texts(characters("정부는 협상을 재개했다")) == ("hangul", {"정부", "협상", "재개"})
