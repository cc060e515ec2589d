"""A searcher as a Keras Tuner oracle: trials for jobs, hyperparameters for schemes, and nothing else."""

import inspect
import os
import secrets
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import keras_tuner
from keras_tuner.engine.trial import Trial

from keras_ean.registry import unknown_all
from keras_ean.scheme import check_stages
from keras_ean.search.algorithms.options import check_limits, own_options
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.distributed import evaluator_in
from keras_ean.search.host.ledger import Ledger, StepLog
from keras_ean.search.host.objective import objective_of
from keras_ean.search.host.plan import Plan
from keras_ean.search.host.trials import Trials, best_metrics, report, scheme_space, taken_answers
from keras_ean.search.reward import Reward


def searcher_options(searcher: type[Searcher], options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a searcher, defaults filled in; ValueError for one that neither it nor every oracle has."""
    known = {name: parameter.default for name, parameter in own_options(searcher).items()}
    if "max_trials" in options:
        raise ValueError(
            f"{searcher.__name__}: an oracle over schemes counts schemes instead of trials, in whole batches: give "
            f"max_schemes={options['max_trials']!r} in place of max_trials."
        )
    every = [name for name in inspect.signature(SchemeOracle.__init__).parameters if name not in ("self", "options")]
    if wrong := unknown_all("option", options, [*every, *known]):
        raise ValueError(f"{searcher.__name__}: {wrong}")
    return {**known, **options}


class SchemeOracle(keras_tuner.Oracle):
    """Serves as the base of the oracles of Keras Tuner that search schemes, one for each search algorithm.

    A trial has a Boolean hyperparameter for each block, `block_0` … `block_{m-1}`; true means that the block has
    attention. What the search has done is kept in `<directory>/<project_name>/search.sqlite`, so that it can be killed
    at any time and goes on from there.

    Args:
        stages: The numbers of residual blocks in each stage; None if `SchemeTuner` is to take them from its supernet.
        objective: The metric that trials report: a name, (name, "max" or "min") where the name does not tell the
            direction, or a `keras_tuner.Objective`; None takes the accuracy.
        max_steps: The most batches of schemes.
        samples_per_step: The number of schemes in a batch.
        max_schemes: The number of schemes after which the search ends, with the batch in which it has scored so many;
            None sets no such limit. Batches may hold schemes that were scored before, so that the number of batches
            does not tell it.
        tolerance: The difference in reward that matters, in units of the objective: the search ends when no scheme can
            be better than the named one by more than this, or than the validation images can tell
            (`outcome.strongest_rival`). 0 leaves it to the images, and None sets no such end.
        seed: The seed of everything random; None draws one.
        sparsity_weight: What leaving out all connections is worth, in units of the objective; 0.02 is two points of
            accuracy.
        reward: What the search maximises beside the objective, in place of `sparsity_weight`: costs, limits, or a
            function of your own (`Reward`).
        lease: The seconds without a sign of life after which another worker takes over a trial.
        max_retries_per_trial: How often a scheme without a finite result is tried again.
        max_consecutive_failed_trials: The number of schemes in a row without a result that ends the search.
        compare_random: Whether as many random schemes as the search scored are scored afterwards, as a yardstick, which
            may double the cost. None does as the search in the folder began, and does not in a new one.
        options: The options of the search algorithm.

    Raises:
        ValueError: An option is unknown or out of range, or the settings differ from those of the search in the same
            folder.
    """

    searcher_class: ClassVar[type[Searcher]]

    def __init__(
        self,
        stages: Sequence[int] | None = None,
        objective: str | tuple[str, str] | keras_tuner.Objective | None = None,
        max_steps: int = 300,
        samples_per_step: int = 3,
        seed: int | None = None,
        sparsity_weight: float = 0.02,
        reward: Reward | None = None,
        lease: float = 60.0,
        max_retries_per_trial: int = 2,
        max_consecutive_failed_trials: int = 3,
        compare_random: bool | None = None,
        max_schemes: int | None = None,
        tolerance: float | None = None,
        **options: Any,
    ):
        if isinstance(objective, list):
            raise ValueError(f"An oracle over schemes has one objective, not {objective!r}; costs belong in reward=.")
        check_limits(max_steps, max_schemes, lease, tolerance)
        super().__init__(
            objective=objective_of(objective),
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        given = {"seed": seed, "compare_random": compare_random}
        self.stages = None if stages is None else check_stages(stages)
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.max_steps, self.samples_per_step, self.lease = max_steps, samples_per_step, lease
        self._plan = Plan(
            name=type(self).__name__,
            searcher=self.searcher_class,
            stages=self.stages or (),
            objective=self.objective.name,
            direction=self.objective.direction,
            max_steps=max_steps,
            max_schemes=max_schemes,
            tolerance=tolerance,
            samples=samples_per_step,
            seed=self.seed,
            options=searcher_options(self.searcher_class, options),
            reward=Reward(sparsity_weight) if reward is None else reward,
            compare_random=bool(compare_random),
            left_open=tuple(name for name, value in given.items() if value is None),
        )
        self.verbose = 0
        self._directory = self._project_name = None
        self._ledger: Ledger | None = None
        if self.stages is not None:
            # Options that do not go together are said at once.
            self._plan.new_searcher().check_parts(self._plan.reward.names)

    @property
    def random_search(self) -> bool:
        """Says whether the search algorithm is random search itself, which needs no comparison with it."""
        return self.searcher_class is Stratified

    def plan(self, stages: Sequence[int] | None = None, **known: Any) -> Plan:
        """Gives the plan of the search, all settings that a search in a folder is compared with before it goes on.

        Args:
            stages: The numbers of residual blocks in each stage of the supernet; None takes the oracle's own.
            known: Further fields of the plan, which the tuner knows.

        Raises:
            ValueError: The oracle has no stages and is given none, or is given others than its own.
        """
        stages = self.stages if stages is None else check_stages(stages)
        if stages is None:
            raise ValueError("The oracle needs stages=, or a SchemeTuner that takes them from its supernet.")
        if self.stages not in (None, stages):
            raise ValueError(f"The oracle searches over stages {self.stages}, but the supernet has {stages}.")
        left_open = (*self._plan.left_open, *known.pop("left_open", ()))
        return replace(self._plan, stages=stages, left_open=left_open, **known)

    def open(self, plan: Plan | None = None, on_step: StepLog | None = None) -> Ledger:
        """Begins the search, or takes up the one in the oracle's folder.

        Args:
            plan: The plan of the search, as `plan` gives it; None takes the oracle's own.
            on_step: A function that is called after each batch, with its number, its evaluations, the numbers that the
                search algorithm reports, and the probabilities of the blocks or None.

        Raises:
            ValueError: The settings differ from those of the search in the folder.
        """
        self._ledger = ledger = Ledger(
            self.plan() if plan is None else plan,
            None if self._directory is None else Path(str(self._directory), str(self._project_name)),
            self.lease,
            self.max_retries_per_trial,
            self.max_consecutive_failed_trials,
            distributed="KERASTUNER_ORACLE_IP" in os.environ,
            on_step=on_step,
        )
        self.hyperparameters = scheme_space(sum(ledger.plan.stages))
        self.trials = Trials(ledger, self.hyperparameters, self.objective)
        return ledger

    @property
    def ledger(self) -> Ledger:
        """This is the record of the search, what was scored and what comes next; it is opened at first use."""
        return self.open() if self._ledger is None else self._ledger

    def begin(self) -> None:
        """Begins scoring; if nothing was scored yet, failures and the evaluator of an earlier try are forgotten."""
        if self.ledger.begin():
            self.trials.clear()

    # Keras Tuner's interface

    def create_trial(self, tuner_id: str) -> Trial:
        """Gives a tuner its trial: the one that it holds, else one that another left behind, else the next scheme.

        The status of the trial is "IDLE" where there is nothing to score at the moment, and "STOPPED" at the end.

        Args:
            tuner_id: The id of the tuner, as Keras Tuner numbers them.
        """
        ledger = self.ledger
        held, job = ledger.jobs.held_by(tuner_id), ledger.issue(tuner_id)
        if job is None:
            status = "STOPPED" if ledger.finished else "IDLE"
            return Trial(copy(self.hyperparameters), f"{len(self.trials):05d}", status)
        if job is not held:
            told = ledger.plan.early_stopping and not job.repeat
            self.trials.open(job, *((ledger.bar(job.scheme), ledger.leader()) if told else ()))
        return self.trials[job.id]

    def update_trial(self, trial_id: str, metrics: Mapping[str, float], step: int = 0) -> Trial:
        """Notes the `metrics` that a worker reports of the trial `trial_id` at a `step`, and renews the trial's lease;
        without metrics it is a mere sign of life.
        """
        trial = self.trials[trial_id]
        if trial.status == "RUNNING":
            self.ledger.renew(trial_id)
            report(trial, metrics, self.objective, step)
        return trial

    def end_trial(self, trial: Trial) -> None:
        """Records the result of a trial; a scheme that has a result already keeps it, so that late reports change none.

        Args:
            trial: The trial as the worker has it, with its status.

        Raises:
            RuntimeError: Too many schemes in a row had no result.
        """
        own, completed = self.trials[trial.trial_id], trial.status == "COMPLETED"
        message, final = trial.message, trial.status == "FAILED"
        job, answers = self.ledger.job(trial.trial_id), taken_answers(trial, own)
        try:
            self.ledger.end(job.id, {**best_metrics(own), **answers} if completed else None, message, final)
        finally:
            own.status, own.message = job.status, job.message
            self.trials.close(job)

    def update_space(self, hyperparameters: keras_tuner.HyperParameters) -> None:
        """Takes new hyperparameters; or, from a worker, what its evaluator scores with, which must be the same for all.

        Args:
            hyperparameters: The hyperparameters, or a worker's message in their form.

        Raises:
            ValueError: A worker scores with other settings than the search.
        """
        evaluator = evaluator_in(hyperparameters)
        if evaluator is None:
            super().update_space(hyperparameters)
        else:
            self.ledger.agree(evaluator)

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Gives up to `num_trials` trials with the highest rewards, the highest first.

        Repeats, schemes that were given up early, and those of the comparison with random search are left out.
        """
        return [self.trials[evaluation.trial] for evaluation in self.ledger.best(num_trials)]

    def save(self) -> None:
        """Does nothing, since every change is on disk already."""

    def reload(self) -> None:
        """Takes up the search in the oracle's folder."""
        self.open()

    def evaluations(self) -> list[Evaluation]:
        """Gives the first score of every scheme, in the order of the trials."""
        return self.ledger.evaluations()
