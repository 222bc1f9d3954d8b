"""A savepoint is matched to a graph by its labels and read with its coders, so neither changes unnoticed."""

from __future__ import annotations

from pathlib import Path

from schemas.settings import RunSettings
from tests.unit.stream.graph import graph_lines

PINNED = Path(__file__).with_name("graph.txt")


def test_labels_coders_and_states_are_those_that_savepoints_were_made_with():
    pinned = PINNED.read_text(encoding="utf-8").splitlines()
    found = graph_lines()
    assert found == pinned, (
        "the graph of a stream has changed. Read deploy/flink/UPGRADES.md: a label, coder or state that changes, and a "
        "step before a state, make savepoints unusable. If that is meant, say so there and in CHANGELOG.md, and run "
        "python -m tests.unit.stream.graph > tests/unit/stream/graph.txt"
    )


def test_labels_do_not_depend_on_the_settings_of_a_run():
    other = RunSettings(feeds=("a", "b"), index="other.db", keep="relevant", batch_entries=7)
    assert graph_lines(other) == graph_lines()


def test_state_is_kept_by_text_and_number_coders_only():
    """Records change between versions; what a savepoint holds must not depend on them."""
    states = [line.partition(" state ")[2] for line in graph_lines() if " state " in line]
    assert len(states) == 4
    coders = {part.partition(": ")[2] for state in states for part in state.split(", ")}
    assert coders <= {"string_utf8", "varint"}
