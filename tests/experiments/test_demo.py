"""The demo's table over several runs, of figures written by hand."""

import sys

import pytest

from .test_experiments import HERE


@pytest.fixture
def demo(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import demo

    yield demo
    sys.modules.pop("demo", None)


def run(milliseconds: float, accuracies: dict[str, float]) -> list[dict]:
    """A run in which no network is slower than that without attention, on a machine as fast as given."""
    return [
        {"name": name, "accuracy": accuracy, "latency_ms": milliseconds, "latency_range_ms": milliseconds / 10}
        for name, accuracy in accuracies.items()
        for _ in range(2)
    ]


def test_times_of_runs_on_a_slower_and_a_faster_machine_compare(demo):
    accuracies = {"plain": 0.8, "found": 0.9}
    trainings, sentences = demo.joined([run(4, accuracies), run(2, accuracies), run(3, accuracies)])
    assert {one["latency_ms"] for one in trainings} == {3}
    assert all(one["latency_range_ms"] == pytest.approx(0.3) for one in trainings)
    assert (len(trainings), sentences) == (12, [])


def test_a_network_that_only_some_runs_have_is_compared_within_these(demo):
    some, all_networks = {"plain": 0.6, "found": 0.6}, {"plain": 0.8, "found": 0.9, "found_folded": 0.88}
    trainings, [sentence] = demo.joined([run(4, all_networks), run(2, some)])
    assert {one["name"] for one in trainings} == {"plain", "found"}
    assert sentence.startswith("found_folded: in the runs of seeds 0 only, -2.0 points over the network found in them")
    assert sentence.endswith("its time is +0 % over none.")
