"""NSGA-II: fronts, crowding and survival, on worked examples."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search.algorithms.nsga2 import NSGA2, axis_values, crowding, pareto_front, ranks
from keras_ean.search.evaluation import Evaluation


def scored(*rows, names=("a", "b"), share=1.0):
    """An evaluation of its own scheme for each row of parts."""
    bits = (np.arange(1, len(rows) + 1)[:, None] >> np.arange(4) & 1).tolist()
    return [
        Evaluation(Scheme(one, (4,)), 0.0, dict(zip(names, row, strict=True)), share=share)
        for one, row in zip(bits, rows, strict=True)
    ]


def test_fronts_are_peeled_off_one_by_one():
    values = np.array([[3.0, 0], [0, 3], [2, 2], [1, 1], [2, 1], [0, 0], [2, 2]])
    assert ranks(values).tolist() == [0, 0, 0, 2, 1, 3, 0]
    assert ranks(np.zeros((0, 2))).tolist() == []


def test_the_ends_of_a_front_come_first_and_then_those_with_most_room():
    values = np.array([[0.0, 10], [1, 8], [4, 7], [10, 0], [0, 0]])
    inner = [(4 - 0) / 10 + (10 - 7) / 10, (10 - 1) / 10 + (8 - 0) / 10]
    np.testing.assert_allclose(crowding(values), [np.inf, *inner, np.inf, np.inf])
    np.testing.assert_array_equal(crowding(np.array([[1.0], [1], [1]])), [np.inf, 0, np.inf])


def test_an_axis_with_a_minus_is_to_be_low():
    evaluations = scored((1.0, 5.0), (2.0, 4.0), (3.0, 6.0))
    assert axis_values(evaluations, ("a", "-b")).tolist() == [[1, -5], [2, -4], [3, -6]]
    assert axis_values([], ("a", "b")).shape == (0, 2)
    assert [one.parts["a"] for one in pareto_front(evaluations, ("a", "-b"))] == [2, 3]
    with pytest.raises(ValueError, match="'c'"):
        axis_values(evaluations, ("a", "c"))


def test_the_front_is_in_the_order_of_the_last_axis_and_has_the_first_of_equals():
    evaluations = scored(
        (1.0, 3.0, 2.0), (2.0, 1.0, 3.0), (1.0, 3.0, 2.0), (3.0, 2.0, 1.0), (1, 1, 1), names=("a", "b", "c")
    )
    front = pareto_front(evaluations, ("a", "b", "c"))
    assert front == [evaluations[1], evaluations[0], evaluations[3]]
    whole, partly = scored((1.0, 1.0)), scored((9.0, 9.0), share=0.5)
    assert pareto_front([*whole, *partly], ("a", "b")) == whole


def test_the_best_survive_and_the_better_of_two_is_a_parent():
    searcher = NSGA2((4,), seed=0, population=3, axes=("a", "b"))
    evaluations = scored((1.0, 1.0), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0), (1.2, 0.5))
    searcher.observe(evaluations[3:])
    searcher.observe(evaluations[:3])
    first, second, third = searcher.members
    assert {first, second} == {evaluations[1].scheme, evaluations[2].scheme}
    assert third == evaluations[0].scheme
    parents = [searcher.parent() for _ in range(300)]
    assert parents.count(first) / 300 == pytest.approx(2 / 3, abs=0.1)
    assert parents.count(second) / 300 == pytest.approx(1 / 3, abs=0.1)
