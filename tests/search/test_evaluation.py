"""What a search hands out are values: nobody changes them by the way."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import Cost, EarlyStopping, Reward
from keras_ean.search.algorithms.greedy import Greedy
from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.host.plan import Plan
from keras_ean.search.outcome.conclusion import conclude
from keras_ean.search.outcome.signal import Signal
from keras_ean.search.reward import BlockPrices

ONE = Evaluation(Scheme("10 1"), 0.9, {"objective": 0.8}, {"loss": 2.0}, 0.5, 3, "00007", "random", 1.5, 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ONE,
        lambda: Signal(None, 0.0, 0),
        lambda: conclude([Evaluation(Scheme("10 1"), 0.9)]),
        lambda: Plan("greedy", Greedy, (2, 1)),
        Reward,
        lambda: Cost("bits", sum),
        lambda: BlockPrices(0.0, ()),
        EarlyStopping,
    ],
    ids=["Evaluation", "Signal", "Conclusion", "Plan", "Reward", "Cost", "BlockPrices", "EarlyStopping"],
)
def test_values_stay_as_they_are(make):
    value = make()
    name = fields(value)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


def test_a_row_has_everything_flat():
    assert ONE.row() == {
        "scheme": "10 1",
        "connections": 2,
        "reward": 0.9,
        "objective": 0.8,
        "loss": 2.0,
        "share": 0.5,
        "step": 3,
        "origin": "random",
        "repeat": 2,
        "trial": "00007",
        "seconds": 1.5,
    }
    np.testing.assert_array_equal(bits_of([ONE.scheme, Scheme("01 1")]), [[1, 0, 1], [0, 1, 1]])


def test_an_evaluation_is_the_first_score_on_the_whole_set_unless_it_says_otherwise():
    one = Evaluation(Scheme("10 1"), 0.9)
    assert (one.bits, one.parts, one.metrics, one.answers) == ((1, 0, 1), {}, {}, None)
    assert one.row() == {
        "scheme": "10 1",
        "connections": 2,
        "reward": 0.9,
        "share": 1.0,
        "step": 0,
        "origin": "search",
        "repeat": 0,
        "trial": "",
        "seconds": 0.0,
    }
