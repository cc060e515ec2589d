"""What a trial of Keras Tuner is told, and what is read back from it."""

import keras_tuner
import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search.host.jobs import Job
from keras_ean.search.host.trials import BAR, best_metrics, new_trial, repeat_of, report, scheme_of, scheme_space

SPACE = scheme_space(3)


def trial_of(repeat=0, bar=None):
    return new_trial(SPACE, Job("00007", Scheme("1 01"), repeat, step=0, origin="search", message="again"), bar)


@pytest.mark.parametrize(("direction", "best"), [("max", 3.0), ("min", 1.0)])
def test_the_objective_has_its_direction_and_other_metrics_their_own(direction, best):
    """Keras Tuner knows which way a loss goes, and nothing of a gain."""
    trial, objective = trial_of(), keras_tuner.Objective("gain", direction)
    for step, gain in enumerate([2.0, 3.0, 1.0]):
        report(trial, {"gain": gain, "loss": gain}, objective, step)
    assert best_metrics(trial) == {"gain": best, "loss": 1.0}


def test_the_first_finite_report_of_a_step_counts():
    trial, objective = trial_of(), keras_tuner.Objective("gain", "max")
    report(trial, {"gain": float("nan")}, objective)
    assert best_metrics(trial) == {}
    for step, gain in ((0, 1.0), (0, 5.0), (1, 2.0), (1, float("inf"))):
        report(trial, {"gain": gain}, objective, step)
    assert best_metrics(trial) == {"gain": 2.0}


def test_a_trial_is_the_job_in_keras_tuners_words():
    trial = trial_of()
    assert (trial.trial_id, trial.status, trial.message) == ("00007", "RUNNING", "again")
    assert trial.hyperparameters.values == {"block_0": True, "block_1": False, "block_2": True}
    assert (scheme_of(trial, (1, 2)), repeat_of(trial)) == (Scheme("1 01"), 0)
    trial = trial_of(repeat=2, bar=0.1)
    assert repeat_of(trial) == 2
    assert trial.hyperparameters.values[BAR] == float(np.float32(0.1))  # As 32 bits hold it.
    with pytest.raises(ValueError, match=r"Stages \(1, 3\) need the Boolean hyperparameters block_3, but they are"):
        scheme_of(trial, (1, 3))
    assert SPACE.values == {"block_0": False, "block_1": False, "block_2": False}
