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
    "value",
    [
        ONE,
        Signal(None, 0.0, 0),
        conclude([Evaluation(Scheme("10 1"), 0.9)]),
        Plan("greedy", Greedy, (2, 1)),
        Reward(),
        Cost("bits", sum),
        BlockPrices(0.0, ()),
        EarlyStopping(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_stay_as_they_are(value):
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
