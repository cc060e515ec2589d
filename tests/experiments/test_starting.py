"""The table of runs from the supernet and from scratch, without the runs."""

import pytest

from .test_experiments import HERE


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


def line(start, seed, seconds, trainings):
    accuracy = {"plain": 60.0 + seed, "random": 70, "found": 80, "shared": 90}
    return {
        "task": "cue",
        "start": start,
        "seed": seed,
        "pays": "yes",
        "recommended": "found",
        "accuracy": accuracy,
        "trainings": trainings,
        "seconds": seconds,
        "counted": 2.0 + seed,
    }


def test_costs_are_in_trainings_of_the_plain_network_and_accuracies_over_the_runs():
    import starting

    lines = [
        line("scratch", 0, 140.0, [10.0, 12.0, 8.0]),
        line("supernet", 0, 20.0, [10.0]),
        line("supernet", 1, 60.0, [15.0]),
    ]
    rows = starting.tables(lines).splitlines()
    assert rows[2:] == [
        "| cue | supernet | 2 | 60.5 ± 0.7 | 70.0 ± 0.0 | 80.0 ± 0.0 | 90.0 ± 0.0 | 80.0 ± 0.0 "
        "| 2.50 ± 0.71 | 3.00 ± 1.41 | yes, yes |",
        "| cue | scratch | 1 | 60.0 | 70.0 | 80.0 | 90.0 | 80.0 | 2.00 | 14.00 | yes |",
    ]


def test_what_a_run_has_cost_is_read_from_its_report():
    import starting

    assert (
        starting.counted("Text.\nThe run cost 1.96 times what training costs, counted in images: search 0.08.") == 1.96
    )
    with pytest.raises(ValueError, match="does not say"):
        starting.counted("Text.")
