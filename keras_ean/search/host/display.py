"""The progress bar of a search."""

from collections.abc import Callable
from itertools import islice

from keras_ean.progress_bar import bar

TITLES = {"search": "search the scheme", "repeat": "score contenders again", "random": "random, to compare"}


class SearchBar:
    """Steps done, schemes scored, and the best reward so far; then what comes after the search.

    Args:
        oracle: the oracle in this process.
    """

    def __init__(self, oracle):
        self.oracle = oracle
        self.progress = bar()
        self.best = float("-inf")
        self.seen = self.random = 0

    def __enter__(self) -> "SearchBar":
        self.tasks = {"search": self._add("search", self.oracle.max_steps)}
        self.progress.start()
        return self

    def _add(self, phase: str, total: int):
        return self.progress.add_task(TITLES[phase], total=total, note="")

    def update(self) -> None:
        progress = self.oracle.progress
        for evaluation in islice(progress.memo.values(), self.seen, None):
            if evaluation.origin == "search":
                self.best = max(self.best, evaluation.reward)
            else:
                self.random += 1
        self.seen = len(progress.memo)
        done = progress.step if progress.phase == "search" else self.oracle.max_steps
        self.progress.update(
            self.tasks["search"], completed=done, note=f"{self.seen} schemes  best reward {self.best:.4f}"
        )
        if progress.phase == "repeat" and progress.batch:
            self._show("repeat", len(progress.repeated), lambda: progress.repeats * len(progress.batch))
        elif progress.phase == "random":
            self._show("random", self.random, lambda: sum(bits not in progress.memo for bits in progress.drawn))

    def _show(self, phase: str, done: int, total: Callable[[], int]) -> None:
        if phase not in self.tasks:
            self.tasks[phase] = self._add(phase, done + total())
        self.progress.update(self.tasks[phase], completed=done)

    def __exit__(self, *error) -> None:
        if not any(error):
            for task in self.tasks.values():
                self.progress.update(task, completed=self.progress.tasks[task].total)
        self.progress.stop()
