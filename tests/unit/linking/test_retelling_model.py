from __future__ import annotations

import random

import pytest

from deploy.tables.retelling_pairs import training_pairs, training_texts
from pipeline.text.link_rules import OWN_LEAD, RETOLD_LATE_SHARE, RETOLD_SOON_HOURS
from pipeline.text.outline import outline, unpack
from pipeline.text.retelling import retelling
from pipeline.text.retelling_model import QUESTIONS, THRESHOLD, shipped_model
from pipeline.text.retelling_training import COPY, Pair, scores_left_out, train

PAIRS = training_pairs()


def test_the_shipped_model_is_what_training_gives() -> None:
    fresh, shipped = train(PAIRS), shipped_model()
    for question, names in QUESTIONS.items():
        assert fresh.weights[question].keys() == shipped.weights[question].keys() == {"", *names}
        for name, weight in fresh.weights[question].items():
            assert weight == pytest.approx(shipped.weights[question][name], abs=0.01), (
                "run deploy/tables/train_retelling_model"
            )


def test_the_order_of_pairs_does_not_matter() -> None:
    shuffled = random.Random(3).sample(PAIRS, len(PAIRS))
    for question, weights in train(PAIRS).weights.items():
        assert weights == pytest.approx(train(shuffled).weights[question], abs=0.01)


def test_no_trap_of_a_storyline_that_was_left_out_passes() -> None:
    scored = list(zip(PAIRS, scores_left_out(PAIRS), strict=True))
    traps = [(pair, score) for pair, score in scored if pair.kind != COPY and _may_pass(pair)]
    assert max(score for _, score in traps) < THRESHOLD
    found = [score >= THRESHOLD for pair, score in scored if pair.kind == COPY]
    assert sum(found) > 0.65 * len(found)  # many are cut copies of cut copies


def _may_pass(pair: Pair) -> bool:
    """Whether the rules on leads and time leave a pair to the model."""
    soon = 24 * pair.measured["days"] <= RETOLD_SOON_HOURS
    return pair.measured["leads"] >= OWN_LEAD and (soon or pair.share >= RETOLD_LATE_SHARE)


def test_a_text_retells_itself_whole_and_a_stranger_not_at_all() -> None:
    one, other = (unpack(outline(training_texts()[place].body)) for place in (0, 7))
    same = retelling(one, one)
    assert (same.told, same.retold, same.leads) == (1.0, 1.0, 1.0)
    assert same.order > 0.95
    assert same.kept == same.facts == same.asked
    assert retelling(one, other).told < 0.3


def test_a_sum_is_the_sum_of_its_terms() -> None:
    model = shipped_model()
    for pair in PAIRS[:20]:
        sums = model.scores(pair.measured)
        for question, terms in model.terms(pair.measured).items():
            assert sum(terms.values()) == pytest.approx(sums[question], abs=1e-3)
