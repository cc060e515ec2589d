"""A searcher as a Keras Tuner oracle: batches, leases, one evaluation a scheme, and one transaction a change."""

import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial

from keras_ean.registry import Registry
from keras_ean.scheme import Scheme, check_stages
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Bits, Evaluation
from keras_ean.search.host.events import EventLog
from keras_ean.search.host.phases import Progress
from keras_ean.search.host.resume import resume
from keras_ean.search.host.settings import check_settings, searcher_options
from keras_ean.search.host.store import Store
from keras_ean.search.host.trials import Leases, best_metrics, new_trial, repeat_of, report, scheme_of, scheme_space
from keras_ean.search.outcome.estimate import most_promising
from keras_ean.search.reward import Reward
from keras_ean.search.state import pack

oracles: Registry["SchemeOracle"] = Registry("oracle")
FILE = "search.sqlite"
OBJECTIVE = keras_tuner.Objective("accuracy", "max")
EVALUATOR = "evaluator"
"""In place of a trial's id: the metrics are a worker's evaluator's settings, as numbers."""


class SchemeOracle(keras_tuner.Oracle):
    """Base of the oracles over schemes: Boolean hyperparameters `block_0` … `block_{m-1}`, true = connected.

    Every change is one SQLite transaction (`<directory>/<project_name>/search.sqlite`) that holds the evaluation, the
    searcher's state and the trials, so the search can be killed at any instant and goes on as if it had not been.

    Args:
        stages: residual blocks per stage; None if `SchemeTuner` is to take them from the supernet.
        objective: metric that trials report, as a name or `keras_tuner.Objective`. Default: accuracy.
        max_steps: batches at most.
        samples_per_step: schemes a batch.
        seed: of everything random; None draws one.
        sparsity_weight: units of the objective for leaving out all connections; 0.02 is two points of accuracy.
        reward: in place of `sparsity_weight`, costs, limits or a function (`Reward`).
        lease: seconds without a sign of life after which another worker takes over a trial.
        max_retries_per_trial: how often a scheme without a finite result is tried again.
        max_consecutive_failed_trials: schemes without a result in a row that end the search.
        compare_random: afterwards score as many random schemes as the search did, as a yardstick. None leaves it to
            `SchemeTuner`, which does so unless the evaluator is noisy, and so expensive.
        options: of the searcher.

    Raises:
        ValueError: an unknown option, or settings that differ from those of the search in the same folder.
    """

    searcher_class: ClassVar[type[Searcher]]
    random_search: ClassVar[bool] = False
    """Whether the searcher is random search itself, which needs no comparison with it."""

    def __init__(
        self,
        stages: Sequence[int] | None = None,
        objective: str | keras_tuner.Objective | None = None,
        max_steps: int = 300,
        samples_per_step: int = 3,
        seed: int | None = None,
        sparsity_weight: float = 0.02,
        reward: Reward | None = None,
        lease: float = 60.0,
        max_retries_per_trial: int = 2,
        max_consecutive_failed_trials: int = 3,
        compare_random: bool | None = None,
        **options: Any,
    ):
        if isinstance(objective, list):
            raise ValueError(f"An oracle over schemes has one objective, not {objective!r}; costs belong in reward=.")
        if isinstance(max_steps, bool) or int(max_steps) != max_steps or max_steps < 1:
            raise ValueError(f"max_steps is a positive whole number, not {max_steps!r}.")
        super().__init__(
            objective=OBJECTIVE if objective is None else objective,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        given = {"seed": seed, "compare_random": compare_random}
        self.open_settings = [name for name, value in given.items() if value is None]
        self.max_steps, self.samples_per_step = max_steps, samples_per_step
        self.reward = Reward(sparsity_weight) if reward is None else reward
        self.compare_random = bool(compare_random)
        self.early_stopping = False  # Whether trials are told the objective that they would have to reach.
        self.repeats = self.contenders = 0
        self.options = searcher_options(self.searcher_class, options)
        self.context: dict[str, Any] = {}
        self.leases = Leases(lease)
        self.lock = threading.RLock()
        self._issued: set[tuple[Bits, int]] = set()
        self._began: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self._kept_changes = 0
        self.verbose = 0
        self.logs: EventLog | None = None
        self._directory = self._project_name = None
        self._store: Store | None = None
        self.stages: tuple[int, ...] = ()
        if stages is not None:
            self.bind(stages)

    def bind(self, stages: Sequence[int]) -> None:
        """Fixes the blocks the search is over; ValueError if they were fixed differently before."""
        stages = check_stages(stages)
        if self.stages and self.stages != stages:
            raise ValueError(f"The oracle searches over stages {self.stages}, but the supernet has {stages}.")
        if not self.stages:
            self.stages = stages
            self.hyperparameters = scheme_space(sum(stages))
            self.progress = self.new_progress()

    def prepare(self, repeats: int, contenders: int) -> None:
        """Before the search begins: so many contenders are scored again so often; 0 repeats if scores have no noise."""
        self.repeats, self.contenders = repeats, contenders
        if repeats:
            self.context |= {"repeats": repeats, "contenders": contenders}
        if "compare_random" in self.open_settings:
            self.compare_random = not repeats and not self.random_search
        self.progress = self.new_progress()

    def new_progress(self) -> Progress:
        limited = self.reward.max_connections is not None or self.reward.costs
        searcher = self.searcher_class(
            self.stages,
            samples=self.samples_per_step,
            seed=self.seed,
            admits=self.reward.admits if limited else None,
            **self.options,
        )
        progress = Progress(searcher, self.max_steps, self.compare_random, self._log_step, self.repeats)
        progress.contenders = lambda: most_promising(list(searcher.history.values()), self.contenders, self.reward)
        return progress

    @property
    def searcher(self) -> Searcher:
        return self.progress.searcher

    def settings(self) -> dict[str, Any]:
        """What must stay the same when a search is resumed."""
        return {
            "oracle": type(self).__name__,
            "stages": list(self.stages),
            "objective": [self.objective.name, self.objective.direction],
            "max_steps": self.max_steps,
            "samples_per_step": self.samples_per_step,
            "seed": self.seed,
            "compare_random": self.compare_random,
            "early_stopping": self.early_stopping,
            **self.reward.settings(),
            **self.options,
            **self.context,
        }

    @property
    def store(self) -> Store:
        """Opened at first use, which is also when an earlier search in the same folder is taken up."""
        if self._store is None:
            if not self.stages:
                raise ValueError("The oracle needs stages=, or a SchemeTuner that takes them from its supernet.")
            folder = None if self._directory is None else Path(str(self._directory), str(self._project_name))
            self._store = Store(None if folder is None else folder / FILE)
            try:
                resume(self, str(folder))
            except ValueError:
                self._store = None
                raise
        return self._store

    def check_evaluator(self, given: Mapping[str, Any]) -> None:
        """Keeps what the evaluator scores with, or ValueError that shows what differs from the search so far."""
        with self.lock, self.store.transaction():
            stored, given = self.store.value(EVALUATOR), json.loads(json.dumps(given))
            if stored is None:
                self.store.put(EVALUATOR, given)
            else:
                check_settings(stored, given, f"{self._directory}/{self._project_name}")

    # Keras Tuner's interface

    def create_trial(self, tuner_id: str) -> Trial:
        """The tuner's trial if it holds one; else one left behind, else the next scheme of the batch."""
        with self.lock, self.store.transaction():
            self.tuner_ids.add(tuner_id)
            self._heard[tuner_id] = time.monotonic()
            trial = self.ongoing_trials.get(tuner_id) or self._left_behind() or self._next()
            if trial.status == "RUNNING":
                self.hold(trial, tuner_id)
                self._keep(trial, tuner_id)
            elif trial.status == "STOPPED":
                self.tuner_ids.discard(tuner_id)
            self._keep_progress()
        return trial

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next scheme as Keras Tuner wants it: {"status", "values"}."""
        wanted = self.progress.advance()
        unissued = self.upcoming()
        if not unissued:
            return {"status": "IDLE" if wanted else "STOPPED", "values": None}
        scheme, repeat = unissued[0], self.progress.repeat
        bar = self.bar(scheme) if self.early_stopping and not repeat else None
        trial = new_trial(self.hyperparameters, trial_id, scheme.bits, bar, repeat)
        return {"status": "RUNNING", "values": trial.hyperparameters.values}

    def update_trial(self, trial_id: str, metrics: Mapping[str, float], step: int = 0) -> Trial:
        """Notes what a worker reports; without metrics it is a mere sign of life that renews the lease."""
        if trial_id == EVALUATOR:
            self.check_evaluator(dict(metrics))
            return Trial(self.hyperparameters, trial_id, "RUNNING")
        with self.lock:
            trial = self.trials[trial_id]
            if trial.status == "RUNNING":
                self.leases.renew(trial_id)
                report(trial, metrics, self.objective, step)
            return trial

    def end_trial(self, trial: Trial) -> None:
        """Records the result. A scheme that has one already keeps it: late reports change nothing.

        Raises:
            RuntimeError: too many schemes in a row had no result.
        """
        with self.lock, self.store.transaction():
            own = self.trials[trial.trial_id]
            bits, repeat = scheme_of(own, self.stages).bits, repeat_of(own)
            tuner_id = next((tuner for tuner, held in self.ongoing_trials.items() if held is own), "")
            self._heard[tuner_id] = time.monotonic()
            scored = self.progress.scored(bits, repeat)
            if scored or bits in self.progress.failed:
                own.status = "COMPLETED" if scored else "FAILED"
                return
            self.ongoing_trials.pop(tuner_id, None)
            own.message, metrics = trial.message, best_metrics(own)
            if trial.status == "COMPLETED" and np.isfinite(metrics.get(self.objective.name, np.nan)):
                self._complete(own, bits, repeat, metrics)
            elif trial.status == "FAILED" or self._run_times[own.trial_id] >= self.max_retries_per_trial:
                own.status = "FAILED"
                self.progress.give_up(bits)
                self.end_order.append(own.trial_id)
            else:
                self._again(own)
            self._run_times[own.trial_id] += 1
            self._keep(own, "")
            self._keep_progress()
        last = [self.trials[trial_id] for trial_id in self.end_order[-self.max_consecutive_failed_trials :]]
        if len(last) == self.max_consecutive_failed_trials and all(one.status == "FAILED" for one in last):
            raise RuntimeError(
                f"{len(last)} schemes in a row had no finite {self.objective.name}, the last one being "
                f"{scheme_of(own, self.stages)}. {own.message or 'Look at the supernet and the validation data.'}"
            )

    def save(self) -> None:
        """Nothing to do: every change is in the store already."""

    def reload(self) -> None:
        """Takes up the search of the folder, as any first use does."""
        with self.lock:
            assert self.store

    def get_state(self) -> dict[str, Any]:
        return self.progress.state()

    def set_state(self, state: dict[str, Any]) -> None:
        self.progress.restore(state)

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """The search's own trials by reward: no repeats, no hopeless schemes, none of random search."""
        memo = self.progress.memo
        order = {e.trial: e.reward for e in memo.values() if e.origin == "search" and e.share == 1}
        return [self.trials[trial] for trial in sorted(order, key=order.__getitem__, reverse=True)[:num_trials]]

    # For tuners in the same process

    def upcoming(self) -> list[Scheme]:
        """Schemes of the open batch that no trial was issued for yet, so that one pass can score them together."""
        wanted, repeat = self.progress.wanted(), self.progress.repeat
        return [Scheme(bits, self.stages) for bits in wanted if (bits, repeat) not in self._issued]

    def bar(self, scheme: Scheme) -> float | None:
        """The objective with which a scheme would equal the best reward observed so far; None before there is one."""
        best = self.searcher.best()
        return None if best is None else best.reward - self.reward.known(scheme)

    def deserted(self) -> bool:
        """Whether the search is finished and no worker that is alive has still to hear of it."""
        with self.lock:
            silent = time.monotonic() - self.leases.seconds
            waiting = [tuner_id for tuner_id in self.tuner_ids if self._heard.get(tuner_id, 0.0) > silent]
            return self.progress.phase == "done" and not waiting

    def keep_scores(self, scores: Mapping[Scheme, Mapping[str, float]]) -> None:
        """Keeps what a pass found for schemes whose trials come later."""
        with self.lock, self.store.transaction():
            texts = {str(scheme): metrics for scheme, metrics in scores.items()}
            self.store.add_scores(texts, self.progress.repeat)

    def kept_score(self, scheme: Scheme) -> dict[str, float] | None:
        return self.store.score(str(scheme), self.progress.repeat)

    def evaluations(self) -> list[Evaluation]:
        """All scored schemes, in the order of the trials."""
        return self.store.evaluations()

    def repeated(self) -> list[Evaluation]:
        """Further scores of the contenders, in the order of the trials."""
        return self.store.repeats()

    # Inside

    def _left_behind(self) -> Trial | None:
        """A trial to be tried again, or one whose worker has been silent for a lease."""
        if self._retry_queue:
            return self.trials[self._retry_queue.pop(0)]
        for tuner_id, trial in list(self.ongoing_trials.items()):
            if self.leases.expired(trial.trial_id):
                del self.ongoing_trials[tuner_id]
                self.tuner_ids.discard(tuner_id)
                trial.metrics = type(trial.metrics)()
                return trial
        return None

    def _next(self) -> Trial:
        trial_id = f"{len(self.trials):05d}"
        space = self.populate_space(trial_id)
        hyperparameters = copy(self.hyperparameters)
        hyperparameters.values = space["values"] or {}
        trial = Trial(hyperparameters, trial_id, space["status"])
        if trial.status == "RUNNING":
            self.add(trial, scheme_of(trial, self.stages).bits, repeat_of(trial))
        return trial

    def add(self, trial: Trial, bits: Bits, repeat: int) -> None:
        self.trials[trial.trial_id] = trial
        self.start_order.append(trial.trial_id)
        self._issued.add((bits, repeat))

    def hold(self, trial: Trial, tuner_id: str) -> None:
        self.ongoing_trials[tuner_id] = trial
        self.leases.renew(trial.trial_id)
        self._began.setdefault(trial.trial_id, time.monotonic())

    def _again(self, trial: Trial) -> None:
        trial.status, trial.metrics = "RUNNING", type(trial.metrics)()
        self._retry_queue.append(trial.trial_id)

    def _complete(self, trial: Trial, bits: Bits, repeat: int, metrics: dict[str, float]) -> None:
        share = metrics.pop("share", 1.0)
        scheme = Scheme(bits, self.stages)
        parts = self.reward.parts(scheme, metrics, self.objective.name, self.objective.direction)
        seconds = time.monotonic() - self._began.pop(trial.trial_id, time.monotonic())
        reward, where = parts.pop("reward"), (self.progress.step, trial.trial_id, self.progress.phase)
        evaluation = Evaluation(bits, reward, parts, metrics, share, *where, round(seconds, 6), self.stages, repeat)
        trial.status, trial.score, trial.best_step = "COMPLETED", self.score_of(evaluation), 0
        self.end_order.append(trial.trial_id)
        self.progress.record(evaluation)
        self.leases.end(trial.trial_id)
        self.store.add_evaluation(evaluation)

    def score_of(self, evaluation: Evaluation) -> float:
        """The reward in the objective's direction, so that Keras Tuner's own ranking is by reward."""
        return evaluation.reward if self.objective.direction == "max" else -evaluation.reward

    def _keep(self, trial: Trial, tuner_id: str) -> None:
        self.store.put_trial(
            id=trial.trial_id,
            scheme=str(scheme_of(trial, self.stages)),
            repeat=repeat_of(trial),
            status=trial.status,
            step=self.progress.step,
            origin=self.progress.phase,
            tuner=tuner_id,
            attempts=self._run_times[trial.trial_id],
            message=trial.message,
            issued=time.time(),
        )

    def _keep_progress(self) -> None:
        if self.progress.changes != self._kept_changes:
            self.store.put_text("progress", pack(self.progress.state()))
            self._kept_changes = self.progress.changes

    def _log_step(self, step: int, batch: Sequence[Evaluation]) -> None:
        schemes, rewards = [evaluation.text for evaluation in batch], [evaluation.reward for evaluation in batch]
        summary, probabilities = self.searcher.summary(), self.searcher.probabilities()
        self.store.add_step(step, schemes, rewards, summary, probabilities)
        if self.logs is not None and rewards:
            self.logs.write(step, {**summary, "reward": float(np.mean(rewards))}, probabilities)
