"""The ledger of a search: what was scored, what is being scored, by whom, and what comes next.

It takes schemes and metrics, and knows nothing of Keras Tuner.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.answers import ANSWERS
from keras_ean.search.evaluation import Evaluation, Numbers
from keras_ean.search.host.jobs import Job, Jobs
from keras_ean.search.host.phases import Phases
from keras_ean.search.host.plan import Plan
from keras_ean.search.host.recovery import open_store
from keras_ean.search.host.settings import check_settings
from keras_ean.search.host.store import FILE

EVALUATOR = "evaluator"

StepLog = Callable[[int, Sequence[Evaluation], Mapping[str, float], np.ndarray | None], None]


class Ledger:
    """A search from its first scheme to its last: batches, leases, one evaluation a scheme.

    Every change is one transaction of the store, which holds the evaluation, the searcher's state and the jobs, so the
    search can be killed at any instant and goes on as if it had not been. A search that has scored nothing binds
    nothing: it starts anew with whatever is asked for next.

    Args:
        plan: What the search is to do.
        folder: Where it is kept, as `search.sqlite`, and taken up if it is there; None keeps it in memory.
        lease: Seconds without a sign of life after which another worker takes over a job.
        retries: How often a scheme without a result is tried again.
        failures: Schemes without a result in a row that end the search.
        distributed: Workers in other processes outlive this one, and go on with the jobs that they have.
        on_step: Called with the number, evaluations, searcher's scalars and probabilities of every step that has ended.

    Attributes:
        plan: The plan as it was given, with what it left open as the search in the folder has it.
        phases: Where the search stands.
        jobs: The schemes that were handed out to be scored, and have no result yet.

    Raises:
        ValueError: Other settings than those of the search in the folder, or a format that is not known.

    Example:
        >>> from keras_ean.search.algorithms.greedy import Greedy
        >>> ledger = Ledger(Plan("greedy", Greedy, (2, 2)))
        >>> while job := ledger.issue("me"):
        ...     job = ledger.end(job.id, {"accuracy": job.scheme.density})
        >>> ledger.best()[0].scheme
        Scheme('11 11')
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path | None = None,
        lease: float = 60.0,
        retries: int = 2,
        failures: int = 3,
        distributed: bool = False,
        on_step: StepLog | None = None,
    ):
        self.lease, self.retries, self.failures, self.distributed = lease, retries, failures, distributed
        self.on_step, self.folder, self._lost = on_step, folder, ""
        self.lock = threading.RLock()
        self.store = store = open_store(None if folder is None else folder / FILE)
        stored = store.value("settings")
        self.plan = plan if stored is None else plan.resumed(stored, store.value("prices"))
        settings = json.loads(json.dumps(self.plan.settings()))
        if stored != settings:
            if store.any_in("evaluations"):
                store.close()
                check_settings(stored, settings, folder)
            self._begin()
        else:
            self._load()

    def _begin(self) -> None:
        with self.lock, self.store.transaction():
            self.store.clear()
            self.store.put("settings", self.plan.settings())
            self.store.put("prices", self.plan.reward.prices())
            self._load()

    def _load(self) -> None:
        """All that is held in memory, from the store."""
        store, self.phases = self.store, Phases(self.plan, self._log_step)
        for evaluation in (*store.evaluations(), *store.repeats()):
            self.phases.record(evaluation)
        for batch in store.observed():
            for text in batch:
                evaluation = self.phases.memo[Scheme(text, self.plan.stages)]
                self.phases.searcher.history.setdefault(evaluation.scheme, evaluation)
        if (state := store.value("phases")) is not None:
            self.phases.restore(state)
        self._kept_changes = self.phases.changes
        self.jobs = Jobs(self.lease, *store.counts())
        for job in store.jobs():
            self.jobs.add(job)
            if job.worker and self.distributed:
                # A chief that comes back: the worker is probably still at it, and keeps the job for a lease.
                self.jobs.hold(job, job.worker)
            else:
                self.jobs.end(job, job.status)

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self.lock, self.store.transaction():
            yield
            if self.phases.changes != self._kept_changes:
                self.store.put("phases", self.phases.state())
                self._kept_changes = self.phases.changes

    # The evaluator

    def begin(self) -> bool:
        """Begins scoring: forgets the failures and the evaluator of a search that has scored nothing.

        Not if workers may still be at it. Returns whether the search starts anew.
        """
        if self.phases.memo or self.store.any_in("scores") or (self.distributed and self.jobs.any_held):
            return False
        self._begin()
        return True

    def agree(self, evaluator: Mapping[str, Any]) -> None:
        """Keeps what an evaluator scores with, JSON values, or ValueError that shows what differs from those so far."""
        evaluator = json.loads(json.dumps(evaluator))
        with self._change():
            if (kept := self.evaluator) is None:
                self.store.put(EVALUATOR, evaluator)
            else:
                check_settings(kept, evaluator, self.folder)

    @property
    def evaluator(self) -> dict[str, Any] | None:
        """What the evaluator scores with; None before there was one."""
        return self.store.value(EVALUATOR)

    # Jobs

    def issue(self, worker: str) -> Job | None:
        """The job that the worker has; else one left behind, else the next scheme of the batch.

        None if there is nothing to do now, or, when the search is `finished`, ever again.
        """
        with self._change():
            self.jobs.hear(worker)
            job = self.jobs.held_by(worker) or self.jobs.left_behind() or self._next()
            if job is not None:
                self.jobs.hold(job, worker)
                self.store.put_job(job)
            elif self.finished:
                self.jobs.dismiss(worker)
        return job

    def job(self, job_id: str) -> Job:
        """A job by its number; KeyError if there is none."""
        with self.lock:
            found = self.jobs.by_id.get(job_id) or next(iter(self.store.jobs("id = ?", job_id)), None)
        if found is None:
            raise KeyError(job_id)
        return found

    def renew(self, job_id: str) -> None:
        """A sign of life from the worker that has the job."""
        with self.lock:
            self.jobs.renew(job_id)

    def end(
        self, job_id: str, metrics: Mapping[str, Any] | None, message: str | None = None, final: bool = False
    ) -> Job:
        """Records a result. A job that has ended stays as it is: late reports change nothing.

        Args:
            job_id: The number of the job.
            metrics: The metrics of the scheme, by name, its "share" and "answers" among them; None, or an objective or
                reward that is not finite, is no result.
            message: Why there is no result.
            final: Without a result, trying again is no use.

        Raises:
            RuntimeError: Too many schemes in a row had no result.
        """
        with self._change():
            job = self.job(job_id)
            if job.status != "RUNNING":
                return job
            if job.worker:
                self.jobs.hear(job.worker)
            job.message = message
            metrics = None if metrics is None else dict(metrics)
            answers = None if metrics is None else metrics.pop(ANSWERS, None)
            if metrics is not None and self._finite(job.scheme, metrics):
                self._complete(job, metrics, answers)
            elif final or job.attempts >= self.retries:
                self.phases.give_up(job.scheme)
                self.jobs.end(job, "FAILED")
            else:
                self.jobs.end(job, "RUNNING")
            job.attempts += 1
            self.store.put_job(job)
        if self.jobs.failed_in_a_row >= self.failures:
            missing = "reward" if self._lost else self.plan.objective
            raise RuntimeError(
                f"{self.jobs.failed_in_a_row} schemes in a row had no finite {missing}, the last one being "
                f"{job.scheme}. {job.message or self._lost or 'Look at the supernet and the validation data.'}"
            )
        return job

    def upcoming(self) -> list[Scheme]:
        """Schemes of the open batch that no job was issued for yet, so that one pass can score them together."""
        repeat = self.phases.repeat
        return [scheme for scheme in self.phases.wanted() if not self.jobs.issued(scheme, repeat)]

    def keep_scores(self, scores: Mapping[Scheme, Mapping[str, Any]]) -> None:
        """Keeps what a pass found for schemes whose jobs come later."""
        with self._change():
            self.store.add_scores(scores, self.phases.repeat)

    def kept_score(self, scheme: Scheme) -> dict[str, Any] | None:
        return self.store.score(scheme, self.phases.repeat)

    def _next(self) -> Job | None:
        self.phases.advance()
        upcoming, phases = self.upcoming(), self.phases
        return self.jobs.new(upcoming[0], phases.repeat, phases.step, phases.phase) if upcoming else None

    def _finite(self, scheme: Scheme, metrics: Mapping[str, float]) -> bool:
        plan = self.plan
        known = bool(np.isfinite(metrics.get(plan.objective, np.nan)))
        parts = plan.reward.parts(scheme, metrics, plan.objective, plan.direction) if known else {"reward": 0.0}
        self._lost = "" if np.isfinite(parts["reward"]) else "Make the weights of costs smaller."
        return known and not self._lost

    def _complete(self, job: Job, metrics: dict[str, float], answers: str | None) -> None:
        share, plan = metrics.pop("share", 1.0), self.plan
        parts = plan.reward.parts(job.scheme, metrics, plan.objective, plan.direction)
        seconds = 0.0 if job.began is None else round(time.monotonic() - job.began, 6)
        rest = job.step, job.id, job.origin, seconds, job.repeat, answers
        reward, kept, found = parts.pop("reward"), Numbers(parts), Numbers(metrics)
        evaluation = Evaluation(job.scheme, reward, kept, found, share, *rest)
        self.jobs.end(job, "COMPLETED")
        self.phases.record(evaluation)
        self.store.add_evaluation(evaluation)

    def _log_step(self, step: int, batch: Sequence[Evaluation]) -> None:
        searcher = self.phases.searcher
        rewards = [evaluation.reward for evaluation in batch]
        summary, probabilities = searcher.summary(), searcher.probabilities()
        self.store.add_step(step, [evaluation.scheme for evaluation in batch], rewards, summary, probabilities)
        if self.on_step is not None and rewards:
            self.on_step(step, batch, summary, probabilities)

    # What was found

    @property
    def finished(self) -> bool:
        return self.phases.phase == "done"

    def deserted(self) -> bool:
        """Whether the search is finished and no worker that is alive has still to hear of it."""
        with self.lock:
            return self.finished and not self.jobs.any_heard

    def bar(self, scheme: Scheme) -> float | None:
        """The objective with which a scheme would equal the best reward observed so far; None before there is one."""
        best, sign = self.phases.searcher.best(), 1 if self.plan.direction == "max" else -1
        return None if best is None else sign * (best.reward - self.plan.reward.known(scheme))

    def leader(self) -> str | None:
        """The answers of the best scheme observed so far; None before there is one, or where they are not told."""
        best = self.phases.searcher.best()
        return None if best is None else best.answers

    def best(self, count: int = 1) -> list[Evaluation]:
        """The search's own evaluations by reward: no repeats, no hopeless schemes, none of random search."""
        own = [one for one in self.phases.memo.values() if one.origin == "search" and one.share == 1]
        return sorted(own, key=lambda one: one.reward, reverse=True)[:count]

    def evaluations(self) -> list[Evaluation]:
        """The first score of every scheme, in the order of the trials."""
        with self.lock:
            return sorted(self.phases.memo.values(), key=lambda one: int(one.trial))

    def repeats(self) -> list[Evaluation]:
        """Further scores of the contenders, in the order of the trials."""
        with self.lock:
            return sorted(self.phases.repeated.values(), key=lambda one: int(one.trial))
