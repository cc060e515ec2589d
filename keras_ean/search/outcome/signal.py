"""Does the reward depend on the scheme at all? A test that stays valid when the schemes were chosen adaptively."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.gaussian_process import GaussianProcess, representative


@dataclass(frozen=True)
class Signal:
    """Holds what the test found on whether rewards depend on schemes at all (`find_signal`).

    Attributes:
        p_value: The probability, 0 … 1, of predictions at least this good if rewards had nothing to do with schemes;
            None if there are too few evaluations to tell.
        explained: The share of the variance of the rewards, 0 … 1, that predictions from earlier evaluations explain.
        evaluations: The number of rewards that were predicted; with too few evaluations, that could have been.
    """

    p_value: float | None
    explained: float
    evaluations: int

    @property
    def found(self) -> bool | None:
        """Says whether there is a signal, at the 1 % level; None if there are too few evaluations to tell."""
        return None if self.p_value is None else self.p_value < 0.01


def find_signal(evaluations: Sequence[Evaluation], least: int = 20) -> Signal:
    """Predicts each reward from the earlier ones alone, and asks whether the predictions are better than luck.

    Searchers choose schemes by what they have seen, so a fit to all evaluations proves nothing (the reference's
    controller loses half its entropy on pure noise). But without a signal the next reward is unrelated to its
    prediction however its scheme was chosen, so z = Σ d e / √Σ d² e² is about standard normal, with d the prediction's
    and e the reward's deviation from the earlier ones' means.

    Args:
        evaluations: The evaluations in the order of scoring.
        least: The least number of predicted rewards that says anything.

    Example:
        >>> from keras_ean import Scheme
        >>> schemes = np.random.default_rng(0).integers(0, 2, (80, 6)).tolist()
        >>> find_signal([Evaluation(Scheme(bits, (6,)), bits[0] - bits[3]) for bits in schemes]).found
        True
    """
    start = max(8, len(evaluations[0].scheme) // 2) if evaluations else 0
    if len(evaluations) < start + least:
        return Signal(None, 0.0, max(0, len(evaluations) - start))
    bits = bits_of(evaluation.scheme for evaluation in evaluations)
    rewards = np.array([evaluation.reward for evaluation in evaluations], "float64")
    if level(rewards):
        return Signal(1.0, 0.0, len(rewards) - start)
    predictions, known = np.zeros(len(rewards)), start
    choice, chosen_at = None, 0
    while known < len(rewards):
        until = min(len(rewards), known + max(8, known // 4))
        kept = representative(rewards[:known])
        # The search for kernel and noise is most of a fit's cost.
        model = GaussianProcess(bits[kept], rewards[kept], choice if known < 1.4 * chosen_at else None)
        if model.choice is not choice:
            choice, chosen_at = model.choice, known
        predictions[known:until] = model.expect(bits[known:until])
        known = until
    earlier = np.arange(start, len(rewards))
    e = rewards[start:] - np.cumsum(rewards)[earlier - 1] / earlier
    d = predictions[start:] - np.concatenate([[predictions[start]], _running_mean(predictions[start:])[:-1]])
    scale = math.sqrt(float(((d * e) ** 2).sum()))
    z = float((d * e).sum()) / scale if scale > 0 else 0.0
    residual = rewards[start:] - predictions[start:]
    explained = max(0.0, 1 - float((residual**2).sum()) / float((e**2).sum()))
    return Signal(0.5 * math.erfc(z / math.sqrt(2)), explained, len(e))


def level(rewards: np.ndarray) -> bool:
    """Whether all rewards are the same, but for rounding."""
    return bool(np.ptp(rewards) <= 1e-12 * max(1.0, float(np.abs(rewards).max())))


def _running_mean(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values) / np.arange(1, len(values) + 1)
