import keras
import numpy as np
import pytest

from keras_ean.search import RandomOracle, SchemeTuner
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.training import time_limit
from keras_ean.training.time_limit import OutOfTime, StopInTime, TimeLimit


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns: `clock.now` in seconds."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    monkeypatch.setattr(time_limit, "time", Clock())
    return time_limit.time


def test_work_stops_before_the_step_that_would_end_too_late(clock):
    limit = TimeLimit(minutes=10)
    for seconds, over in ((90, False), (100, False), (150, False), (140, True)):
        clock.now += seconds
        limit.step()
        assert limit.over is over
    with pytest.raises(OutOfTime, match="before the next epoch"):
        limit.check("the next epoch")
    limit.begin()
    limit.check("something short")
    clock.now = 601
    with pytest.raises(OutOfTime):
        limit.check("anything")


def test_the_first_step_counts_only_as_long_as_there_is_no_other(clock):
    limit = TimeLimit(minutes=10)
    clock.now = 400
    limit.step()
    assert limit.over
    clock.now = 410
    limit.step()
    assert not limit.over


def test_something_is_done_however_late_it_is(clock):
    limit = TimeLimit(minutes=1)
    clock.now = 100
    limit.check("the first step")
    limit.step()
    assert limit.over


def test_without_minutes_there_is_no_end(clock):
    limit = TimeLimit()
    clock.now = 1e9
    limit.step()
    limit.check("anything")
    with pytest.raises(ValueError, match="positive number of minutes, not 0"):
        TimeLimit(0)


def test_a_training_ends_after_the_last_epoch_that_fits(clock):
    class Tick(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            clock.now += 20

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callbacks = [Tick(), StopInTime(TimeLimit(minutes=1))]
    history = model.fit(np.zeros((4, 2)), np.zeros(4), epochs=9, callbacks=callbacks, verbose=0)
    assert len(history.epoch) == 3


class Density(Evaluator):
    def score(self, schemes, share=1.0):
        return [{"accuracy": scheme.density} for scheme in schemes]


def test_a_search_stops_between_two_trials_and_goes_on_from_there(tmp_path):
    def tuner(name, limit=None):
        oracle = RandomOracle((2, 2), max_steps=4, samples_per_step=2, seed=0)
        return SchemeTuner(None, oracle, evaluator=Density(), directory=tmp_path, project_name=name, limit=limit)

    whole = tuner("whole")
    whole.search(verbose=0)
    truth = [one.scheme for one in whole.evaluations()]
    for done in range(1, len(truth)):
        stopped = tuner("pieces", TimeLimit(minutes=1e-9))
        with pytest.raises(OutOfTime, match="before the end of the search; the same command goes on"):
            stopped.search(verbose=0)
        assert [one.scheme for one in stopped.evaluations()] == truth[:done]
    last = tuner("pieces")
    last.search(verbose=0)
    assert [one.scheme for one in last.evaluations()] == truth
