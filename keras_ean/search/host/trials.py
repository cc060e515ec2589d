"""Keras Tuner's trials of schemes: the hyperparameters, and what is reported."""

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial

from keras_ean.scheme import Scheme
from keras_ean.search.answers import ANSWERS
from keras_ean.search.host.jobs import Job
from keras_ean.search.host.ledger import Ledger

BAR = "objective_to_reach"
"""Extra value of a trial: the objective that a scheme must reach to be of interest, for early stopping."""

LEADER = "leader"
"""Extra value of a trial: the answers of the best scheme so far, as text, for racing."""

REPEAT = "repeat"
"""Extra value of a trial: the number of the repeat, if a noisy evaluator is to score the scheme again."""


def scheme_space(blocks: int) -> keras_tuner.HyperParameters:
    """Booleans `block_0` … `block_{blocks-1}`, true = connected.

    Example:
        >>> [parameter.name for parameter in scheme_space(2).space]
        ['block_0', 'block_1']
    """
    space = keras_tuner.HyperParameters()
    for block in range(blocks):
        space.Boolean(f"block_{block}")
    return space


def scheme_of(trial: Trial | keras_tuner.HyperParameters, stages: tuple[int, ...]) -> Scheme:
    """The scheme in a trial's hyperparameters; ValueError if they are not those of the stages."""
    values = getattr(trial, "hyperparameters", trial).values
    missing = [f"block_{block}" for block in range(sum(stages)) if f"block_{block}" not in values]
    if missing:
        raise ValueError(
            f"Stages {stages} need the Boolean hyperparameters {', '.join(missing)}, but they are missing."
        )
    return Scheme([int(values[f"block_{block}"]) for block in range(sum(stages))], stages)


def repeat_of(trial: Trial) -> int:
    return trial.hyperparameters.values.get(REPEAT, 0)


def new_trial(
    space: keras_tuner.HyperParameters, job: Job, bar: float | None = None, leader: str | None = None
) -> Trial:
    """The trial of a job. The space is shared by all trials, since a copy of it costs a millisecond each."""
    hyperparameters = copy(space)
    hyperparameters.values = {f"block_{block}": bool(bit) for block, bit in enumerate(job.scheme.bits)}
    if bar is not None:
        # Rounded as on the wire, so that a worker decides as one process would.
        hyperparameters.values[BAR] = float(np.float32(bar))
    if leader is not None:
        hyperparameters.values[LEADER] = leader
    if job.repeat:
        hyperparameters.values[REPEAT] = job.repeat
    return Trial(hyperparameters, job.id, job.status, job.message)


def give_answers(trial: Trial, metrics: dict[str, Any]) -> dict[str, float]:
    """The metrics less the answers, which go with the trial: Keras Tuner's metrics are numbers."""
    if ANSWERS in metrics:
        trial.hyperparameters.values[ANSWERS] = metrics[ANSWERS]
    return {name: value for name, value in metrics.items() if name != ANSWERS}


def taken_answers(trial: Trial, own: Trial) -> dict[str, str]:
    """The answers that a worker gave with its trial, by their name among the metrics; the oracle's own one, which may
    be the same, forgets them, and those of the leader."""
    answers = trial.hyperparameters.values.get(ANSWERS)
    for name in (ANSWERS, LEADER):
        own.hyperparameters.values.pop(name, None)
    return {} if answers is None else {ANSWERS: answers}


class Trials(Mapping[str, Trial]):
    """All trials of a search by their ids. Those that are being scored are kept; the others are made when asked for,
    since a trial of Keras Tuner takes some kilobytes, and there may be a million.

    Args:
        ledger: The record of the search.
        space: The hyperparameters of a scheme.
        objective: What is searched for.
    """

    def __init__(self, ledger: Ledger, space: keras_tuner.HyperParameters, objective: keras_tuner.Objective):
        self.ledger, self.space, self.objective = ledger, space, objective
        self._open: dict[str, Trial] = {}

    def __getitem__(self, trial_id: str) -> Trial:
        if trial_id in self._open:
            return self._open[trial_id]
        job = self.ledger.job(trial_id)
        if job.status == "RUNNING":
            return self.open(job)
        trial = new_trial(self.space, job)
        if job.status == "COMPLETED":
            evaluation = self.ledger.phases.evaluation(job.scheme, job.repeat)
            report(trial, evaluation.metrics, self.objective)
            # As it was measured: Keras Tuner shows it under the name of the objective. Trials are ranked by reward.
            trial.score = evaluation.parts["objective"]
        return trial

    def __iter__(self) -> Iterator[str]:
        return (f"{number:05d}" for number in range(len(self)))

    def __len__(self) -> int:
        return self.ledger.jobs.count

    def open(self, job: Job, bar: float | None = None, leader: str | None = None) -> Trial:
        """The trial of a job that is handed out, with the objective that is to be reached, and the leader's answers."""
        trial = self._open[job.id] = new_trial(self.space, job, bar, leader)
        return trial

    def close(self, job: Job) -> None:
        """Keeps the trial of a job no longer that has ended."""
        if job.status != "RUNNING":
            self._open.pop(job.id, None)

    def clear(self) -> None:
        """Forgets the trials of a search that begins anew."""
        self._open.clear()


def report(trial: Trial, metrics: Mapping[str, float], objective: keras_tuner.Objective, step: int = 0) -> None:
    """Notes metrics in a trial; the first report of a step counts, so that one sent twice changes nothing.

    What is not finite is no result, and is left out: in Keras Tuner's history it would outlive a retry.
    """
    finite = {name: float(value) for name, value in metrics.items() if np.isfinite(value)}
    for name, value in finite.items():
        if not trial.metrics.exists(name):
            trial.metrics.register(name, objective.direction if name == objective.name else None)
        if all(observation.step != step for observation in trial.metrics.get_history(name)):
            trial.metrics.update(name, value, step=step)


def best_metrics(trial: Trial) -> dict[str, float]:
    """Best value of every metric over the trial's steps."""
    return {name: float(history.get_best_value()) for name, history in trial.metrics.metrics.items()}
