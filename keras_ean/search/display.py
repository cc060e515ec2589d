"""The progress bar of a search."""

from keras_ean.progress import bar


class SearchBar:
    """Steps done, schemes scored, and the best reward so far.

    Args:
        oracle: the oracle in this process.
    """

    def __init__(self, oracle):
        self.oracle = oracle
        self.progress = bar()
        self.best = float("-inf")
        self.seen = 0

    def __enter__(self) -> "SearchBar":
        self.task = self.progress.add_task("search the scheme", total=self.oracle.max_steps, note="")
        self.progress.start()
        return self

    def update(self) -> None:
        memo = self.oracle.progress.memo
        for evaluation in list(memo.values())[self.seen :]:
            self.best = max(self.best, evaluation.reward)
        self.seen = len(memo)
        note = f"{self.seen} schemes  best reward {self.best:.4f}"
        self.progress.update(self.task, completed=self.oracle.progress.step, note=note)

    def __exit__(self, *error) -> None:
        if not any(error):
            self.progress.update(self.task, completed=self.oracle.max_steps)
        self.progress.stop()
