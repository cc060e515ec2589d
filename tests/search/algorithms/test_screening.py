"""Screening: balanced designs, contenders within limits, and an end when every block is decided."""

import numpy as np
import pytest

from keras_ean.measure.effects import Effect, Effects
from keras_ean.search.algorithms.screening import Screening, foldover, hadamard
from keras_ean.search.evaluation import Evaluation, bits_of

EFFECTS = np.array([1.0, -0.8, 0.5, 0.3, -0.3, 0.7, -1.2, 0.4])


def search(searcher, reward, most=200):
    while len(searcher.history) < most and not searcher.converged:
        searcher.observe([Evaluation(one, reward(np.array(one.bits))) for one in searcher.propose()])
    return searcher


@pytest.mark.parametrize("least", [1, 2, 9, 17, 20, 28, 37, 55])
def test_columns_of_hadamard_matrices_are_orthogonal(least):
    matrix = hadamard(least)
    np.testing.assert_array_equal(matrix.T @ matrix, len(matrix) * np.eye(len(matrix)))
    assert (matrix[0] == 1).all()
    assert (matrix[:, 0] == 1).all()
    assert least <= len(matrix) <= least + 11


@pytest.mark.parametrize("signs", [False, True])
def test_a_design_is_balanced_in_every_pair_and_clear_of_interactions(signs):
    rows = 2 * np.array(foldover(9, np.random.default_rng(0), signs)) - 1
    np.testing.assert_array_equal(rows.T @ rows, 24 * np.eye(9))
    assert (rows.sum(axis=0) == 0).all()
    pairs = np.stack([rows[:, i] * rows[:, j] for i in range(9) for j in range(i)], axis=1)
    assert (rows.T @ pairs == 0).all()
    np.testing.assert_array_equal(rows[::2], -rows[1::2])
    assert ((rows[0] == 1).all() and (rows[1] == -1).all()) != signs


def test_effects_are_as_sharp_as_so_many_schemes_allow():
    noise = np.random.default_rng(0)
    searcher = search(Screening((4, 4), samples=4, seed=0), lambda bits: EFFECTS @ bits + noise.normal(), most=24)
    errors = [block.error for block in searcher.effects().blocks]
    assert errors == pytest.approx([errors[0]] * 8)
    assert [block.effect for block in searcher.effects().blocks] == pytest.approx(EFFECTS, abs=3.5 * 2 / np.sqrt(24))


def test_ends_when_every_block_is_decided_and_the_named_scheme_has_passed():
    noise = np.random.default_rng(0)
    searcher = search(Screening((4, 4), seed=0), lambda bits: EFFECTS @ bits + 0.1 * noise.normal())
    named = tuple(int(effect > 0) for effect in EFFECTS)
    assert searcher.converged == "every block is decided: 1011 0101"
    assert {sum(a != b for a, b in zip(one.bits, named, strict=True)) for one in searcher.history} >= {0, 1}
    assert not searcher.unverified(searcher.effects())
    assert searcher.summary() == {"undecided": 0}
    assert len(searcher.history) < 60


def test_goes_on_while_a_block_is_undecided_and_tries_what_may_be_best():
    noise = np.random.default_rng(0)
    searcher = Screening((4, 4), samples=4, seed=0, contenders=1.0)
    search(searcher, lambda bits: 3 * bits[0] + noise.normal(), most=100)
    assert searcher.converged is None
    contenders = bits_of(searcher.history)[24:]
    assert contenders[:, 0].mean() > 0.9
    assert np.abs(contenders[:, 1:].mean(axis=0) - 0.5).max() < 0.45
    assert searcher.probabilities()[0] > 0.99
    assert searcher.summary() == {"undecided": len(searcher.effects().undecided)}
    assert searcher.effects().undecided


def test_limits_cost_the_connections_of_least_effect():
    searcher = Screening((4, 4), seed=0, admits=lambda scheme: sum(scheme.bits) <= 3)
    search(searcher, lambda bits: float(EFFECTS @ bits))
    assert all(sum(scheme.bits) <= 3 for scheme in searcher.history)
    assert searcher.best().scheme.bits == (1, 0, 1, 0, 0, 1, 0, 0)


def test_of_connections_of_equal_effect_the_first_go():
    """Of so many that a sort which is not stable would mix them."""
    searcher = Screening((40,), seed=0, admits=lambda scheme: sum(scheme.bits) <= 25)
    level = np.repeat([1.0, 0.0, 2.0, 1.0], 10)
    blocks = tuple(Effect("", effect, 0.1, effect - 0.2, effect + 0.2) for effect in level)
    found = Effects(blocks, interactions=(), stages=(40,), schemes=80, confidence=0.99)
    kept = searcher.kept(searcher.scheme(np.ones(40)), found)
    assert kept.bits == (0,) * 5 + (1,) * 5 + (0,) * 10 + (1,) * 20


def test_shares_are_between_0_and_1():
    with pytest.raises(ValueError, match="contenders is between 0 and 1, not 2"):
        Screening((4, 4), contenders=2)
