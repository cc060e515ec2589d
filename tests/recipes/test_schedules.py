import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_ean.recipes import OneCycle
from keras_ean.recipes.schedules import step_decay


@given(st.integers(2, 200), st.floats(0, 0.99))
@settings(deadline=None, max_examples=15)  # JAX compiles for each length.
def test_one_cycle_rises_to_the_peak_and_falls_to_zero(steps, share):
    warmup = int(share * steps)
    rates = keras.ops.convert_to_numpy(OneCycle(0.4, steps, warmup)(np.arange(steps + 1)))
    assert (np.diff(rates[:warmup]) > 0).all()
    assert (np.diff(rates[warmup:]) < 0).all()
    assert rates[0] > 0
    assert rates[max(0, warmup - 1)] == pytest.approx(0.4)
    assert rates.max() == pytest.approx(0.4)
    assert rates[-1] == pytest.approx(0, abs=1e-6)


def test_the_measured_recipe_of_digits():
    rate = OneCycle(0.03, 222, 20)
    assert [float(rate(step)) for step in (0, 19, 20, 121)] == pytest.approx([0.0015, 0.03, 0.03, 0.015])


def test_the_warmup_must_leave_steps():
    with pytest.raises(ValueError, match="8 of 8 steps"):
        OneCycle(0.1, 8, 8)


def test_one_cycle_serialises():
    schedule = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(OneCycle(0.3, 9, 2)))
    assert schedule.get_config() == {"peak": 0.3, "steps": 9, "warmup": 2}


def test_step_decay_falls_with_the_first_step_of_its_epochs():
    rate = step_decay(0.1, (60, 120), 0.1, steps_per_epoch=391)
    steps = (0, 60 * 391 - 1, 60 * 391, 120 * 391 - 1, 120 * 391, 180 * 391 - 1)
    assert [float(rate(step)) for step in steps] == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_without_milestones_the_rate_stays():
    assert step_decay(0.1, (), 0.1, 391) == 0.1
