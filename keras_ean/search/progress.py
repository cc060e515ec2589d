"""Where a search stands: the batch being scored, the step, and the phase. It knows nothing of Keras Tuner."""

from collections.abc import Callable, Sequence

from keras_ean.search.evaluation import Bits, Evaluation
from keras_ean.search.searcher import Searcher
from keras_ean.search.state import Stateful

StepListener = Callable[[int, Sequence[Evaluation]], None]


class Progress(Stateful):
    """Drives a searcher: opens a batch, waits until all of it is scored, lets the searcher observe it, and so on.

    A scheme that was ever scored is answered from the memo. The searcher observes in the order of the batch, whatever
    the order in which results came.

    Args:
        searcher: what proposes.
        max_steps: batches at most.
        compare_random: after the search, score as many random schemes as the search scored, as a yardstick.
        on_step: called with the step's number and evaluations after each observed batch.

    Attributes:
        memo: every evaluation, by its bits.
        reason: why the search ended, or None.
        changes: counts the changes of state, so that a host knows when to save.

    Example:
        >>> from keras_ean.search.reinforce import Reinforce
        >>> progress = Progress(Reinforce((2, 2), seed=0), max_steps=5)
        >>> while wanted := progress.advance():
        ...     for bits in wanted:
        ...         progress.record(Evaluation(bits, reward=sum(bits)))
        >>> progress.reason
        'all 5 steps done'
    """

    stateful = ("searcher", "phase", "step", "batch", "reason", "failed")

    def __init__(
        self, searcher: Searcher, max_steps: int, compare_random: bool = False, on_step: StepListener | None = None
    ):
        self.searcher, self.max_steps, self.compare_random = searcher, max_steps, compare_random
        self.on_step = on_step
        self.phase = "search"
        self.step = 0
        self.batch: list[Bits] | None = None
        self.reason: str | None = None
        self.failed: list[Bits] = []
        self.memo: dict[Bits, Evaluation] = {}
        self.changes = 0

    def restore(self, state: dict) -> None:
        super().restore(state)
        self.batch = None if self.batch is None else [tuple(bits) for bits in self.batch]
        self.failed = [tuple(bits) for bits in self.failed]

    def record(self, evaluation: Evaluation) -> None:
        self.memo.setdefault(evaluation.bits, evaluation)

    def give_up(self, bits: Bits) -> None:
        """Leaves a scheme out of its batch: it could not be scored."""
        self.failed.append(bits)
        self.changes += 1

    def wanted(self) -> list[Bits]:
        """Distinct schemes of the open batch without a score."""
        batch = self.batch or []
        return [bits for bits in dict.fromkeys(batch) if bits not in self.memo and bits not in self.failed]

    def advance(self) -> list[Bits]:
        """Distinct schemes still to be scored before the searcher can go on; none when all is finished."""
        while self.phase != "done":
            if wanted := self.wanted():
                return wanted
            self.changes += 1
            if self.batch is None:
                self._open()
            else:
                self._close()
        return []

    def _open(self) -> None:
        if self.phase == "search":
            self.reason = self.searcher.converged
            if self.reason is None and self.step >= self.max_steps:
                self.reason = f"all {self.max_steps} steps done"
            self.batch = [] if self.reason else self.searcher.propose()
            if self.batch:
                return
            self.reason = self.reason or "nothing left to propose"
            self.phase = "random" if self.compare_random else "done"
            self.batch = self._random_batch() if self.compare_random else None
        else:
            self.phase = "done"

    def _close(self) -> None:
        batch = [self.memo[bits] for bits in self.batch or [] if bits in self.memo]
        self.batch = None
        if self.phase == "random":
            return
        if batch:
            self.searcher.observe(batch)
        self.step += 1
        if self.on_step is not None:
            self.on_step(self.step - 1, batch)

    def _random_batch(self) -> list[Bits]:
        """As many distinct random schemes as the search has scored, every density as likely as another."""
        schemes: dict[Bits, None] = {}
        wanted = min(len(self.memo), 2**self.searcher.blocks)
        for _ in range(100 * wanted):
            if len(schemes) == wanted:
                break
            schemes[self.searcher.draw(self.searcher.random.random())] = None
        return list(schemes)
