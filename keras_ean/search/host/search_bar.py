"""The progress bar of a search."""

from collections.abc import Callable, Iterable
from itertools import islice
from operator import attrgetter

from keras_ean.progress_bar import bar
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.ledger import Ledger

TITLES = {"search": "search the scheme", "repeat": "score contenders again", "random": "random, to compare"}

REWARD = attrgetter("reward")
LEVELS = "▁▂▃▄▅▆▇█"


def drawn(shares: Iterable[float]) -> str:
    """A bar for each share, 0 … 1.

    Example:
        >>> drawn([0.02, 0.5, 1.0])
        '▁▅█'
    """
    return "".join(LEVELS[min(int(len(LEVELS) * share), len(LEVELS) - 1)] for share in shares)


class SearchBar:
    """How far the search is, in steps or in schemes; objective, reward and scheme of the best one, and how likely the
    policy, where there is one, connects each block; then what comes after.

    Args:
        ledger: The ledger of the search, in this process.
    """

    def __init__(self, ledger: Ledger):
        self.ledger, self.most = ledger, ledger.plan.max_schemes or ledger.plan.max_steps
        self.bar = bar()
        self.best: Evaluation | None = None
        self.seen = self.random = 0

    def __enter__(self) -> "SearchBar":
        self.tasks = {"search": self._add("search", self.most)}
        self.bar.start()
        return self

    def _add(self, phase: str, total: int):
        return self.bar.add_task(TITLES[phase], total=total, note="")

    def update(self) -> None:
        phases = self.ledger.phases
        for evaluation in islice(phases.memo.values(), self.seen, None):
            if evaluation.origin == "search":
                self.best = evaluation if self.best is None else max(self.best, evaluation, key=REWARD)
            else:
                self.random += 1
        self.seen = len(phases.memo)
        done = len(phases.memo) if phases.plan.max_schemes else phases.step
        done = min(done, self.most) if phases.phase == "search" else self.most
        note = "1 scheme" if self.seen == 1 else f"{self.seen} schemes"
        if self.best is not None:
            name, value = self.ledger.plan.objective, self.best.parts["objective"]
            note += f"  best: {name} {value:.4f}, reward {self.best.reward:.4f}, {self.best.scheme}"
        if (probabilities := phases.searcher.probabilities()) is not None:
            note += f"  policy {drawn(probabilities)}"
        self.bar.update(self.tasks["search"], completed=done, note=note)
        if phases.phase == "repeat":
            self._show("repeat", len(phases.repeated), lambda: phases.plan.repeats * len(phases.batch or []))
        elif phases.phase == "random":
            left = (scheme not in phases.memo for scheme in phases.drawn)
            self._show("random", self.random, lambda: self.random + sum(left))

    def _show(self, phase: str, done: int, total: Callable[[], int]) -> None:
        if phase not in self.tasks:
            self.tasks[phase] = self._add(phase, total())
        self.bar.update(self.tasks[phase], completed=done)

    def __exit__(self, *error) -> None:
        if not any(error):
            for task in self.tasks.values():
                self.bar.update(task, completed=self.bar.tasks[task].total)
        self.bar.stop()
