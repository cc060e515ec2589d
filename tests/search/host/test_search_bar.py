"""What the progress bar of a search shows, phase by phase."""

from types import SimpleNamespace

import pytest

from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.host import search_bar
from keras_ean.search.host.ledger import Ledger
from keras_ean.search.host.plan import Plan


class Bar:
    """Keeps what it is told, as the bars of `rich` do."""

    def __init__(self):
        self.tasks, self.said = [], []

    def add_task(self, title, total, note):
        self.tasks.append(SimpleNamespace(title=title, total=total, note=note, completed=0))
        return len(self.tasks) - 1

    def update(self, task, **told):
        vars(self.tasks[task]).update(told)

    def start(self):
        self.said.append("start")

    def stop(self):
        self.said.append("stop")

    def state(self):
        return [(task.title, task.completed, task.total) for task in self.tasks]


@pytest.fixture
def bar(monkeypatch):
    bar = Bar()
    monkeypatch.setattr(search_bar, "bar", lambda: bar)
    return bar


def ledger_of(folder=None):
    noisy = {"repeats": 2, "contenders": 2, "compare_random": True}
    return Ledger(Plan("random", Stratified, (2, 2), max_steps=3, samples=2, seed=1, **noisy), folder)


def run(ledger, shown, most=1000):
    """After every job the phase and what the bar shows."""
    seen = []
    while len(seen) < most and (job := ledger.issue("me")):
        ledger.end(job.id, {"accuracy": job.scheme.density})
        shown.update()
        seen.append((job.origin, shown.bar.state()))
    return seen


def test_each_phase_has_a_bar_that_is_full_at_its_end(bar):
    ledger = ledger_of()
    with search_bar.SearchBar(ledger) as shown:
        assert bar.state() == [("search the scheme", 0, 3)]
        seen = run(ledger, shown)
        steps = [states[0][1] for origin, states in seen if origin == "search"]
        assert steps == [0, 0, 1, 1, 2, 2]
        again = [states[1] for origin, states in seen if origin == "repeat"]
        assert again == [("score contenders again", done, 4) for done in (1, 2, 3, 4)]
        random = [states[2] for origin, states in seen if origin == "random"]
        assert random == [("random, to compare", done, len(random)) for done in range(1, len(random) + 1)]
        assert random
        best = ledger.best()[0]
        told = f"accuracy {best.metrics['accuracy']:.4f}, reward {best.reward:.4f}, {best.scheme}"
        assert bar.tasks[0].note == f"{6 + len(random)} schemes  best: {told}"
    assert all(task.completed == task.total for task in bar.tasks)
    assert bar.said == ["start", "stop"]


def test_a_search_that_goes_on_counts_what_was_done(bar, tmp_path):
    first = ledger_of(tmp_path)
    with search_bar.SearchBar(first) as shown:
        run(first, shown, most=7)
    first.store.close()
    bar.tasks.clear()
    again = ledger_of(tmp_path)
    with search_bar.SearchBar(again) as shown:
        [(_, states)] = run(again, shown, most=1)
        assert states == [("search the scheme", 3, 3), ("score contenders again", 2, 4)]


def test_a_search_that_is_stopped_leaves_its_bars_where_they_are(bar):
    with pytest.raises(KeyboardInterrupt), search_bar.SearchBar(ledger_of()):
        raise KeyboardInterrupt
    assert bar.state() == [("search the scheme", 0, 3)]
    assert bar.said == ["start", "stop"]


def test_where_there_is_a_policy_it_is_shown_block_by_block(bar, monkeypatch):
    monkeypatch.setattr(Stratified, "probabilities", lambda self: [0.0, 0.5, 0.99, 1.0])
    ledger = ledger_of()
    with search_bar.SearchBar(ledger) as shown:
        run(ledger, shown, most=1)
        assert bar.tasks[0].note.endswith("  policy ▁▅██")
