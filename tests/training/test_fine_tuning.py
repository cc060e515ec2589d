import keras
import numpy as np

from keras_ean.data.examples import Examples
from keras_ean.recipes import Recipe
from keras_ean.training import FineTuning, Task


def model():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(0.3), "mse")
    return made


def test_a_slower_training_has_so_many_times_the_rate():
    tuning = FineTuning(epochs=2, task=Task(model()))
    assert tuning.slower(0.5).peak == tuning.peak / 2
    assert tuning.slower(0.5).slower(0.5).peak == tuning.peak / 4
    assert Recipe(epochs=1, batch_size=2, rate=0.8).slower(0.5).rate == 0.4


def test_a_batch_that_is_not_full_may_be_left_out():
    examples = Examples(np.zeros((5, 4)), np.zeros(5))
    sizes = {
        drop: [len(y) for _, y in FineTuning(1, batch_size=2, drop_remainder=drop).batches(examples)]
        for drop in (False, True)
    }
    assert sizes == {False: [2, 2, 1], True: [2, 2]}
