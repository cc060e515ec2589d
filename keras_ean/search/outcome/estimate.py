"""What the rewards of the scored schemes are with the noise taken out, and what random search would reach."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.gaussian_process import GaussianProcess, representative
from keras_ean.search.reward import Reward

QUANTILES = (0.05, 0.95)
"""Of the interval around the estimate of random search."""
NORMAL = 1.96
ANY_LEVEL = 1e3
"""Prior variance of the contenders' shift, in variances of the rewards: as good as unknown."""


def measured(evaluations: Sequence[Evaluation], reward: Reward | None) -> list[Evaluation]:
    """The evaluations, with rewards less the part that is known of the scheme (sparsity, costs), which has no noise."""
    if reward is None or reward.function is not None:
        return list(evaluations)
    return [replace(one, reward=one.reward - reward.known(one.scheme)) for one in evaluations]


class Estimate:
    """Estimates rewards by regression on the bits (`GaussianProcess`); what is known of a scheme is left out of it.

    Contenders that were scored again are a case of their own. They were chosen because their first scores were high,
    so the level of their rewards is taken from the repeats alone; what tells them apart is both (best linear unbiased
    prediction: a reward is the regression's value, a common shift of the contenders, a deviation of the scheme's own,
    and the noise of one score). The noise is the spread of the repeats of one scheme, and what it leaves of the
    regression's residual variance is the variance of the deviations.

    Args:
        evaluations: The evaluations in the order of scoring; those on a share of the validation set are left out.
        repeats: The further scores of the contenders.
        reward: The reward that was maximised; None if nothing of it is known beforehand.
        most: The highest value that what is measured can have, 1 for an accuracy, if 0 is the lowest; None if it has no
            such ends.

    Attributes:
        scored: The evaluations that the regression is fitted to.
        schemes: The schemes that can be named: the contenders if there are repeats, else all of `scored`.
        means: The expected reward of each of the schemes, (schemes,).
        deviations: The standard deviation of each expected reward, (schemes,).
        quantile: The number of standard deviations on each side of a mean that make up a 95 % interval.

    Raises:
        ValueError: No scheme was scored on the whole validation set.
    """

    def __init__(
        self,
        evaluations: Sequence[Evaluation],
        repeats: Sequence[Evaluation] = (),
        reward: Reward | None = None,
        most: float | None = None,
    ):
        whole = [evaluation for evaluation in evaluations if evaluation.share == 1]
        if not whole:
            raise ValueError("No scheme was scored yet. Run search first.")
        self.reward, self.stages, self.most = reward, whole[0].scheme.stages, most
        kept = representative(np.array([evaluation.reward for evaluation in whole]))
        self.scored = [whole[i] for i in kept]
        bits, values = _arrays(measured(self.scored, reward))
        self.model, self.quantile = GaussianProcess(bits, values), NORMAL
        if repeats:
            self.schemes = list(dict.fromkeys(evaluation.scheme for evaluation in repeats))
            means, self.deviations = self._of_contenders(bits, values, *_arrays(measured(repeats, reward)))
        else:
            self.schemes = [evaluation.scheme for evaluation in self.scored]
            means, self.deviations = self.model.predict(bits)
        self.means = means + [self.known(scheme) for scheme in self.schemes]

    def known(self, scheme: Scheme) -> float:
        """Gives the part of a scheme's reward that is known without an evaluation; 0 if nothing of it is.

        Args:
            scheme: The scheme to look at.
        """
        if self.reward is None or self.reward.function is not None:
            return 0.0
        return self.reward.known(scheme)

    def _of_contenders(self, bits, values, again, further) -> tuple[np.ndarray, np.ndarray]:
        model, noise = self.model, self.model.choice[2]
        freedom, within = _pooled(again, further)
        within = max(within / model.spread**2, 1e-6) if freedom else noise
        # Student's t with so many degrees of freedom, by the first term of its expansion.
        self.quantile = NORMAL * (1 + (NORMAL**2 + 1) / (4 * freedom)) if freedom else NORMAL
        own = max(0.0, noise - within)
        rows, repeated = np.concatenate([bits, again]), np.repeat([0.0, 1.0], [len(bits), len(again)])

        def covariance(schemes: np.ndarray) -> np.ndarray:
            agreement = (2.0 * schemes - 1) @ (2.0 * rows - 1).T / rows.shape[1]
            return model.kernel(agreement) + own * (agreement > 1 - 1e-9)

        targets = (np.concatenate([values, further]) - model.mean) / model.spread
        cross = covariance(bits_of(self.schemes)) + ANY_LEVEL * repeated
        whole = covariance(rows) + ANY_LEVEL * np.outer(repeated, repeated) + within * np.eye(len(rows))
        gain = np.linalg.solve(whole, cross.T).T
        variance = model.kernel(np.ones(len(cross))) + own + ANY_LEVEL - (gain * cross).sum(axis=1)
        return model.mean + model.spread * (gain @ targets), model.spread * np.sqrt(np.maximum(variance, 0))

    def best(self, count: int = 1) -> list[int]:
        """Gives the indices in `schemes` of those with the highest expected rewards, the highest first.

        Of equal ones, those of fewer connections come first, and then the earlier ones.

        Args:
            count: The most indices to give.
        """
        connections = bits_of(self.schemes).sum(axis=1)
        return np.lexsort((connections, -self.means.round(12)))[:count].tolist()

    def of_random(self, evaluations: int, draws: int = 2048) -> tuple[float, float, float]:
        """Estimates the highest reward of random search: its mean, and its 5 % and 95 % quantiles.

        Args:
            evaluations: The number of schemes that the random search scores.
            draws: The number of random schemes that the estimate is made from.
        """
        limits = None if self.reward is None else self.reward.admits
        searcher = Searcher(self.stages, seed=0, admits=limits)
        random = searcher.random
        schemes = [searcher.draw(density) for density in random.random(draws)]
        mean, deviation = self.model.predict(bits_of(schemes))
        noise = self.model.spread * np.sqrt(self.model.choice[2])
        known = np.array([self.known(scheme) for scheme in schemes])
        measured = mean + np.hypot(deviation, noise) * random.normal(size=draws)
        if self.most is not None:
            measured = np.clip(measured, 0.0, self.most)
        rewards = np.sort(measured + known)
        # P(the highest of n draws is at most the k-th smallest of the sample) = (k / draws)^n.
        at_most = (np.arange(draws + 1) / draws) ** evaluations
        low, high = (rewards[min(draws - 1, int(np.searchsorted(at_most[1:], q)))] for q in QUANTILES)
        return float(rewards @ np.diff(at_most)), float(low), float(high)


def most_promising(evaluations: Sequence[Evaluation], count: int, reward: Reward | None = None) -> list[Scheme]:
    """Gives the schemes with the highest expected rewards, the highest first.

    There are none if no scheme was scored on the whole validation set.

    Args:
        evaluations: The evaluations of the search, in the order of scoring.
        count: The most schemes to give.
        reward: The reward that was maximised; None if nothing of it is known beforehand.
    """
    if not any(evaluation.share == 1 for evaluation in evaluations):
        return []
    estimate = Estimate(evaluations, reward=reward)
    return [estimate.schemes[i] for i in estimate.best(count)]


def _arrays(evaluations: Sequence[Evaluation]) -> tuple[np.ndarray, np.ndarray]:
    rewards = np.array([evaluation.reward for evaluation in evaluations], "float64")
    return bits_of(evaluation.scheme for evaluation in evaluations), rewards


def _pooled(bits: np.ndarray, values: np.ndarray) -> tuple[int, float]:
    """Degrees of freedom and variance of the scores of one scheme, over all schemes."""
    groups = [values[(bits == row).all(axis=1)] for row in np.unique(bits, axis=0)]
    freedom = len(values) - len(groups)
    return freedom, sum(((group - group.mean()) ** 2).sum() for group in groups) / max(1, freedom)
