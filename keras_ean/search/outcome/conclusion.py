"""What a search has shown: which scheme, how sure, and whether there was anything to find."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from keras_ean.scheme import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.outcome.estimate import NORMAL, Estimate, measured
from keras_ean.search.outcome.signal import Signal, find_signal
from keras_ean.search.reward import Reward


class NoSignalWarning(UserWarning):
    """A scheme was asked for, but what was measured has nothing to do with where attention is connected."""


@dataclass(frozen=True)
class Conclusion:
    """The outcome of a search.

    Attributes:
        scheme: the scheme with the highest expected reward; None if what was measured has nothing to do with schemes.
        best: the same, named even without a signal.
        expected: its reward, with the noise taken out by regression and, for a noisy evaluator, further scores.
        interval: 95 % for `expected`, the sampling of the validation images included where the objective is an
            accuracy.
        highest: the evaluation with the highest reward; with noisy rewards, partly luck.
        evaluations: distinct schemes that the search scored.
        rescored: further scores of the contenders.
        random: the highest reward that random search has reached, or would have, with as many evaluations.
        random_interval: of the highest reward in 90 % of random searches, if it is estimated by the regression; None
            if random search was run.
        signal: the test for a signal.
        reason: why the search ended.
    """

    scheme: Scheme | None
    best: Scheme
    expected: float
    interval: tuple[float, float]
    highest: Evaluation
    evaluations: int
    rescored: int
    random: float
    random_interval: tuple[float, float] | None
    signal: Signal
    reason: str | None

    @property
    def random_measured(self) -> bool:
        """Whether random search was run, rather than estimated."""
        return self.random_interval is None

    @property
    def exhaustive(self) -> bool:
        """Whether every scheme was scored."""
        return self.evaluations == 2 ** len(self.best)

    def __str__(self) -> str:
        lines = [f"Search ended: {self.reason or 'not yet'}."]
        if self.scheme is None:
            lines.append(self.no_signal())
        else:
            low, high = self.interval
            expected = f"expected reward {self.expected:.4f}, 95 % interval {low:.4f} to {high:.4f}"
            more = f", after {self.rescored} further scores of the contenders" if self.rescored else ""
            lines.append(f"Scheme {self.scheme}: {expected}{more}.")
            if self.signal.found is None:
                lines.append("Too few evaluations to tell a signal from luck.")
            else:
                lines.append(
                    f"Where attention is connected explains {self.signal.explained:.0%} of the variance of what was "
                    f"measured (p = {self.signal.p_value:.2g})."
                )
        lines.append(f"Highest reward seen: {self.highest.reward:.4f}, {self.highest.scheme}.")
        if not self.exhaustive:  # Random search would have scored the same schemes.
            lines.append(self._random())
        return "\n".join(lines)

    def no_signal(self) -> str:
        return (
            f"No signal: what was measured of {self.signal.evaluations} schemes could not be predicted from where "
            f"attention is connected (p = {self.signal.p_value:.2g}). No scheme is named; take the cheapest one, a "
            "larger validation set or a better trained supernet."
        )

    def _random(self) -> str:
        start = f"Random search with as many evaluations ({self.evaluations})"
        if self.random_interval is None:
            return f"{start} reached {self.random:.4f}, measured."
        low, high = self.random_interval
        return (
            f"{start} would reach about {self.random:.4f}, {low:.4f} to {high:.4f} in 90 % of cases: estimated, not "
            "measured; compare_random=True measures it."
        )


def conclude(
    evaluations: Sequence[Evaluation],
    reason: str | None = None,
    repeats: Sequence[Evaluation] = (),
    reward: Reward | None = None,
    drawn: Collection[Scheme] = (),
    images: int | None = None,
) -> Conclusion:
    """Of all evaluations, in the order of scoring.

    The scheme is chosen by its expected reward among those scored on the whole validation set: with noisy rewards the
    highest one is mostly luck, and without noise the regression goes through the rewards themselves.

    Args:
        evaluations: the first score of every scheme.
        reason: why the search ended.
        repeats: further scores of the contenders.
        reward: what rewards are made of, so that sparsity and costs are neither estimated nor taken for a signal.
        drawn: the schemes of random search, if it was run.
        images: of the validation set, if the objective is an accuracy.

    Raises:
        ValueError: no scheme was scored on the whole validation set.

    Example:
        >>> from itertools import product
        >>> every = [Evaluation(Scheme(bits, (2, 3)), bits[0] - bits[3]) for bits in product((0, 1), repeat=5)]
        >>> conclude(every).scheme
        Scheme('10 000')
    """
    searched = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
    estimate = Estimate(searched, repeats, reward)
    [pick] = estimate.best()
    best, expected = estimate.schemes[pick], float(estimate.means[pick])
    accuracy = expected - estimate.known(best)
    sampling = math.sqrt(accuracy * (1 - accuracy) / images) if images and 0 < accuracy < 1 else 0.0
    margin = math.hypot(estimate.quantile * float(estimate.deviations[pick]), NORMAL * sampling)
    signal = find_signal(measured(searched, reward))
    random_schemes = set(drawn)
    by_random = [one.reward for one in evaluations if one.share == 1 and one.scheme in random_schemes]
    random, low, high = (max(by_random), 0.0, 0.0) if by_random else estimate.of_random(len(searched))
    return Conclusion(
        scheme=None if signal.found is False else best,
        best=best,
        expected=expected,
        interval=(expected - margin, expected + margin),
        highest=max(estimate.scored, key=lambda evaluation: evaluation.reward),
        evaluations=len(searched),
        rescored=len(repeats),
        random=random,
        random_interval=None if by_random else (low, high),
        signal=signal,
        reason=reason,
    )
