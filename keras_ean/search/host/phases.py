"""The phases of a search, and where it stands in them: the step, and the batch that is being scored."""

from collections.abc import Callable, Sequence
from itertools import islice

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.plan import Plan
from keras_ean.search.outcome.estimate import most_promising
from keras_ean.search.outcome.settled import settled
from keras_ean.search.state import Stateful

StepListener = Callable[[int, Sequence[Evaluation]], None]


class Phases(Stateful):
    """Drives a searcher: opens a batch, waits until all of it is scored, lets the searcher observe it, and so on.

    A scheme that was ever scored is answered from the memo. The searcher observes in the order of the batch, whatever
    the order in which results came. After the search ("search") come, where they are asked for, further scores of the
    contenders ("repeat") and random search ("random"), unless the search has scored every scheme that there is.

    Args:
        plan: What the search is to do.
        on_step: Called with the step's number and evaluations after each observed batch.

    Attributes:
        searcher: The search algorithm, which proposes schemes.
        memo: Every evaluation, by its scheme.
        repeated: Further scores, by scheme and number.
        reason: Why the search ended, or None.
        changes: Counts the changes of state, so that a host knows when to save.

    Example:
        >>> from keras_ean.search.algorithms.reinforce import Reinforce
        >>> phases = Phases(Plan("reinforce", Reinforce, (2, 2), max_steps=5))
        >>> while wanted := phases.advance():
        ...     for scheme in wanted:
        ...         phases.record(Evaluation(scheme, reward=scheme.density))
        >>> phases.reason
        'all 5 steps done'
    """

    stateful = ("searcher", "phase", "step", "repeat", "batch", "yardstick", "reason", "failed")

    def __init__(self, plan: Plan, on_step: StepListener | None = None):
        self.plan, self.searcher, self.on_step = plan, plan.new_searcher(), on_step
        self.phase = "search"
        self.step = self.repeat = 0
        self.batch: list[Scheme] | None = None
        self.yardstick: list[int] | None = None  # How many random schemes, and their seed.
        self._drawn: list[Scheme] | None = None
        self.reason: str | None = None
        self.failed: list[Scheme] = []
        self.memo: dict[Scheme, Evaluation] = {}
        self.repeated: dict[tuple[Scheme, int], Evaluation] = {}
        self.changes = 0

    def record(self, evaluation: Evaluation) -> None:
        if evaluation.repeat:
            self.repeated.setdefault((evaluation.scheme, evaluation.repeat), evaluation)
        else:
            self.memo.setdefault(evaluation.scheme, evaluation)

    def scored(self, scheme: Scheme, repeat: int) -> bool:
        return (scheme, repeat) in self.repeated if repeat else scheme in self.memo

    def evaluation(self, scheme: Scheme, repeat: int) -> Evaluation:
        return self.repeated[scheme, repeat] if repeat else self.memo[scheme]

    def give_up(self, scheme: Scheme) -> None:
        """Leaves a scheme out of its batch: it could not be scored."""
        self.failed.append(scheme)
        self.changes += 1

    def wanted(self) -> list[Scheme]:
        """Distinct schemes of the open batch without a score."""
        batch = dict.fromkeys(self.batch or [])
        return [one for one in batch if not self.scored(one, self.repeat) and one not in self.failed]

    def advance(self) -> list[Scheme]:
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
            if self.reason is None and self.exhausted:
                every = (
                    f"all {len(self.memo)} schemes are"
                    if len(self.memo) > 1
                    else "the only scheme within the limits is"
                )
                self.reason = f"{every} scored, so there is nothing left to search"
            if self.reason is None and self.plan.max_schemes and len(self.memo) >= self.plan.max_schemes:
                self.reason = f"{len(self.memo)} schemes scored"
            if self.reason is None and self.plan.tolerance is not None:
                scored = list(self.searcher.history.values())
                before = sum(one.step < self.step - 1 for one in scored)
                self.reason = settled(scored, before, self.plan.tolerance, self.plan.reward)
            if self.reason is None and self.step >= self.plan.max_steps:
                self.reason = f"all {self.plan.max_steps} steps done"
            self.batch = [] if self.reason else self.searcher.propose()
            if self.batch:
                return
            self.reason = self.reason or "nothing left to propose"
            self.phase = "repeat"
            self.batch = self.contenders() if self.plan.repeats else None
            self.repeat = int(bool(self.batch))
        elif self.phase == "repeat":
            self.phase, self.repeat = "random", 0
            if self.plan.compare_random and not self.exhausted:
                count = min(len(self.memo), 2**self.searcher.blocks)
                self.yardstick = [count, int(self.searcher.random.integers(2**31))]
        else:
            left = (one for one in self.drawn if one not in self.memo and one not in self.failed)
            self.batch = list(islice(left, self.searcher.samples)) or None
            self.phase = "random" if self.batch else "done"

    @property
    def exhausted(self) -> bool:
        """Whether every scheme that keeps the limits is scored, or could not be."""
        return len(self.memo) + len(self.failed) >= self.searcher.space

    def contenders(self) -> list[Scheme]:
        """The schemes that are worth further scores: of the highest expected rewards."""
        return most_promising(list(self.searcher.history.values()), self.plan.contenders, self.plan.reward)

    def _close(self) -> None:
        if self.phase == "repeat" and self.repeat < self.plan.repeats:
            self.repeat += 1
            return
        batch = [self.memo[one] for one in self.batch or [] if one in self.memo]
        self.batch = None
        if self.phase != "search":
            return
        if batch:
            self.searcher.observe(batch)
        self.step += 1
        if self.on_step is not None:
            self.on_step(self.step - 1, batch)

    @property
    def drawn(self) -> list[Scheme]:
        """Distinct schemes of random search, as many as the search has scored (some of them perhaps by the search),
        every density as likely as another; none before they are drawn."""
        if self.yardstick is None:
            return []
        if self._drawn is None:
            count, seed = self.yardstick
            random = Searcher(self.searcher.stages, seed=seed, admits=self.searcher.admits)
            draws = (random.draw(random.random.random()) for _ in range(100 * count))
            schemes: dict[Scheme, None] = {}
            while len(schemes) < count and (scheme := next(draws, None)) is not None:
                schemes[scheme] = None
            self._drawn = list(schemes)
        return self._drawn
