"""Keras Tuner trials of schemes, and the leases under which workers hold them."""

import time
from copy import copy

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial

from keras_ean.scheme import Scheme
from keras_ean.search.evaluation import Bits

BAR = "objective_to_reach"
"""Extra value of a trial: the objective that a scheme must reach to be of interest, for early stopping."""


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


def new_trial(space: keras_tuner.HyperParameters, trial_id: str, bits: Bits, bar: float | None = None) -> Trial:
    """A running trial of a scheme. The space is shared by all trials, since a copy of it costs a millisecond each."""
    hyperparameters = copy(space)
    hyperparameters.values = {f"block_{block}": bool(bit) for block, bit in enumerate(bits)}
    if bar is not None:
        # Rounded as on the wire, so that a worker decides as one process would.
        hyperparameters.values[BAR] = float(np.float32(bar))
    return Trial(hyperparameters, trial_id, status="RUNNING")


class Leases:
    """How long each trial may stay silent.

    Args:
        seconds: without a sign of life until a lease has run out.

    Example:
        >>> leases = Leases(seconds=0)
        >>> leases.renew("00000")
        >>> leases.expired("00000")
        True
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.ends: dict[str, float] = {}

    def renew(self, trial_id: str) -> None:
        self.ends[trial_id] = time.monotonic() + self.seconds

    def end(self, trial_id: str) -> None:
        self.ends.pop(trial_id, None)

    def expired(self, trial_id: str) -> bool:
        return time.monotonic() >= self.ends[trial_id]
