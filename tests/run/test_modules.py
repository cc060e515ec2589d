"""Several modules: one answer, corrected for the tries."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_ean.measure import PairedScores
from keras_ean.run.modules import Modules, time
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import Costs, decide

RANDOM = np.random.default_rng(0)
LUCK = RANDOM.random((3, 800))


def verdict(gains, confidence=0.95, milliseconds=None, unit=None, limit=None):
    rates = {"plain": 0.7, "found": 0.7 + gains[0], "shared": 0.7 + gains[1]}
    scores = {name: (rate > LUCK).astype(float) for name, rate in rates.items()}
    times = milliseconds or {}
    costs = {
        name: Costs(name, "1 0" if place else "0 0", place, 10 + place, latency_ms=times.get(name))
        for place, name in enumerate(scores)
    }
    return decide(PairedScores(scores, confidence), costs, unit=unit or Unit(), max_latency=limit)


def modules(**verdicts):
    runs = Modules.__new__(Modules)
    runs.runs = {name: SimpleNamespace(verdict=lambda own=own: own) for name, own in verdicts.items()}
    return runs


def test_the_module_that_pays_is_recommended():
    answer = modules(se=verdict((0.0, 0.0)), eca=verdict((0.1, 0.08))).verdict()
    assert (answer.pays, answer.module, answer.recommended) == ("yes", "eca", "found")
    assert "2 modules were tried" in str(answer)
    assert "Recommended of all: found with eca" in str(answer)


def test_if_none_pays_none_is_recommended():
    answer = modules(se=verdict((-0.05, -0.1)), eca=verdict((0.0, 0.0))).verdict()
    assert (answer.pays, answer.recommended) == ("no", "plain")
    assert "Recommended of all: no attention" in str(answer)


def test_one_module_speaks_for_itself():
    own = verdict((0.1, 0.08))
    assert str(modules(se=own).verdict()) == str(own)


def test_what_is_too_slow_is_no_candidate():
    times = {"plain": 10.0, "found": 10.6, "shared": 12.0}
    free, limited = verdict((0.1, 0.08), milliseconds=times), verdict((0.1, 0.08), milliseconds=times, limit="+5 %")
    assert (free.recommended, limited.recommended, limited.pays) == ("found", "plain", "yes")
    within = verdict((0.1, 0.08), milliseconds=times, limit="+10 %")
    assert within.recommended == "found"
    assert "no more than +10 % slower" in str(within)


def test_differences_are_told_in_the_unit_of_the_objective():
    found = verdict((0.1, 0.08), unit=Unit("mae", "min"))
    assert "+ for a lower mae" in str(found)
    assert "points" not in str(found)


@pytest.mark.parametrize(
    ("unit", "text"), [(Unit("auc"), "50.0 % (40.0 to 60.0)"), (Unit("r2_score"), "0.5 (0.4 to 0.6)")]
)
def test_a_value_has_its_interval(unit, text):
    assert unit.value(0.5, (0.4, 0.6)) == text


def test_a_loss_is_turned_back():
    assert Unit("loss", "min").value(-0.5, (-0.6, -0.4)) == "0.5 (0.4 to 0.6)"


def test_times_of_two_runs_are_not_put_side_by_side():
    assert time(36.78, None) == "36.78 ms"
    assert time(106.0, 100.0) == "+6 %"


def test_no_difference_has_no_sign_of_a_loss():
    assert Unit().difference(SimpleNamespace(low=-0.00004, value=-1e-9, high=0.01)) == "+0.0 points (+0.0 to +1.0)"
