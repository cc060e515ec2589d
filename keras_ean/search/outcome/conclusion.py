"""What a search has shown: which scheme, how sure, and whether there was anything to find."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.measure.share import share_interval
from keras_ean.scheme import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.limits import left_by
from keras_ean.search.outcome.estimate import Estimate, measured
from keras_ean.search.outcome.signal import Signal, find_signal, level
from keras_ean.search.reward import Reward

ROUNDING = 1e-9
"""What taking sparsity and costs out of a reward may leave beyond 0 … 1."""


class NoSignalWarning(UserWarning):
    """Warns that a scheme was asked for, but what was measured has nothing to do with where attention is connected."""


@dataclass(frozen=True)
class Conclusion:
    """Tells what came of a search: an estimate, from validation data alone.

    Attributes:
        scheme: The scheme with the highest expected reward; None if what was measured has nothing to do with schemes.
        best: The scheme with the highest expected reward, named even without a signal. Where schemes are expected to
            earn the same, it is the one of the fewest connections.
        expected: The expected reward of `best`, with the noise taken out by regression and, for a noisy evaluator, by
            further scores.
        interval: The 95 % interval of `expected`, the sampling of the validation images included where their number is
            known and the objective is an accuracy.
        objective: The name of what was measured; "reward" if that is not known apart from the rest of the reward.
        accuracy: Whether what was measured is an accuracy of 0 … 1.
        value: The expected objective of `best`, without what sparsity and costs add or take; an accuracy stays within
            0 … 1.
        value_interval: The 95 % interval of `value`.
        highest: The evaluation with the highest reward, which is partly luck where rewards are noisy.
        evaluations: The number of distinct schemes that the search scored.
        level: Whether all of them scored the same.
        rescored: The number of further scores of the contenders.
        random: The highest reward that random search has reached, or would have, with as many evaluations.
        random_interval: The interval in which the highest reward of 90 % of random searches lies, if it is estimated by
            the regression; None if random search was run.
        signal: The test of whether the scores depend on the scheme at all.
        reason: Why the search ended; None if it has not.
        limits: The clause that says what the limits of the reward left of all schemes; empty if they left all.
    """

    scheme: Scheme | None
    best: Scheme
    expected: float
    interval: tuple[float, float]
    objective: str
    accuracy: bool
    value: float
    value_interval: tuple[float, float]
    highest: Evaluation
    evaluations: int
    level: bool
    rescored: int
    random: float
    random_interval: tuple[float, float] | None
    signal: Signal
    reason: str | None
    limits: str = ""

    @property
    def random_measured(self) -> bool:
        """Says whether random search was run; if not, its result is estimated."""
        return self.random_interval is None

    @property
    def exhaustive(self) -> bool:
        """Says whether every scheme that there is was scored."""
        return self.evaluations == 2 ** len(self.best)

    def __str__(self) -> str:
        lines = [f"Search ended: {self.reason or 'not yet'}. What it says is an estimate, from the validation images."]
        if self.limits:
            lines[0] += f" {self.limits[0].upper()}{self.limits[1:]}."
        if self.evaluations == 1:
            return f"{lines[0]} {self.best} is the only scheme that was scored, so there was nothing to choose from."
        if self.level:
            return "\n".join([*lines, self.all_the_same()])
        if self.scheme is None:
            lines.append(self.no_signal())
        else:
            more = f", after {self.rescored} further scores of the contenders" if self.rescored else ""
            lines.append(f"Scheme {self.scheme}: {self.level_of_best()}{more}.")
            if self.signal.found is None:
                lines.append("Too few evaluations to tell a signal from luck.")
            else:
                share, chance = 100 * self.signal.explained, self.signal.p_value
                lines.append(
                    f"Where attention is connected explains {share:.0f} % of the variance of what was measured on "
                    f"these images (p = {chance:.2g})."
                )
        lines.append(f"Highest reward seen: {self.highest.reward:.4f}, {self.highest.scheme}; partly luck.")
        if not self.exhaustive:  # Random search would have scored the same schemes.
            lines.append(self._random())
        return "\n".join(lines)

    def level_of_best(self) -> str:
        """Says the best scheme's expected objective with its interval, and its reward where that differs."""
        low, high = self.value_interval
        if self.accuracy and "accuracy" in self.objective:
            value, low, high = 100 * self.value, 100 * low, 100 * high
            text = f"expected accuracy {value:.1f} %, 95 % interval {low:.1f} to {high:.1f} %"
        else:
            text = f"expected {self.objective} {self.value:.4f}, 95 % interval {low:.4f} to {high:.4f}"
        if self.objective == "reward" or abs(self.expected) == abs(self.value):  # A loss is rewarded with a minus.
            return text
        return f"{text}; reward {self.expected:.4f}, with sparsity and costs"

    def all_the_same(self) -> str:
        """Says in words that all schemes scored the same, and which one is named."""
        return (
            f"All {self.evaluations} schemes scored the same, so none is better than another. {self.best} is named "
            "because no scheme that was scored is cheaper."
        )

    def no_signal(self) -> str:
        """Says in words that the scores have shown no signal, and which scheme has the highest estimate."""
        return (
            f"No signal: what was measured of {self.signal.evaluations} schemes could not be predicted from where "
            f"attention is connected (p = {self.signal.p_value:.2g}). {self.best} has the highest estimate, and is as "
            "good as any; a larger validation set or a better trained supernet may tell more."
        )

    def _random(self) -> str:
        start = f"Random search with as many evaluations ({self.evaluations})"
        if self.random_interval is None:
            more = ", more than the search has seen" if self.random > self.highest.reward else ""
            return f"{start} reached a reward of {self.random:.4f}, measured{more}."
        low, high = self.random_interval
        return (
            f"{start} would reach a reward of about {self.random:.4f}, {low:.4f} to {high:.4f} in 90 % of cases: "
            "estimated, not measured; the option compare_random of the search measures it."
        )


def conclude(
    evaluations: Sequence[Evaluation],
    reason: str | None = None,
    repeats: Sequence[Evaluation] = (),
    reward: Reward | None = None,
    drawn: Collection[Scheme] = (),
    images: float | None = None,
    objective: str = "reward",
    direction: str = "max",
) -> Conclusion:
    """Draws the conclusion of a search from its evaluations.

    The scheme is chosen by its expected reward among those scored on the whole validation set: with noisy rewards the
    highest one is mostly luck, and without noise the regression goes through the rewards themselves.

    Args:
        evaluations: The first score of every scheme, in the order of scoring.
        reason: Why the search ended, for the text of the conclusion.
        repeats: The further scores of the contenders.
        reward: The reward that was maximised, so that sparsity and costs are neither estimated nor taken for a signal;
            None if it is not known.
        drawn: The schemes that random search drew, if it was run.
        images: The number of images in the validation set, if the objective is an accuracy; None leaves their sampling
            out of the interval. Where several images show the same thing, it is how many would tell as much, did each
            show something else.
        objective: The name of what was measured.
        direction: Whether more of it is better, "max", or less, "min".

    Raises:
        ValueError: No scheme was scored on the whole validation set.

    Example:
        >>> from itertools import product
        >>> every = [Evaluation(Scheme(bits, (2, 3)), bits[0] - bits[3]) for bits in product((0, 1), repeat=5)]
        >>> conclude(every).scheme
        Scheme('10 000')
    """
    searched = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
    own = measured(searched, reward)
    named = direction == "max" and (images is not None or "accuracy" in objective)
    accuracy = named and all(-ROUNDING <= one.reward <= 1 + ROUNDING for one in own)
    estimate = Estimate(searched, repeats, reward, most=1.0 if accuracy else None)
    [pick] = estimate.best()
    best, expected = estimate.schemes[pick], float(estimate.means[pick])
    known, margin = estimate.known(best), estimate.quantile * float(estimate.deviations[pick])
    value = expected - known
    low, high = value - margin, value + margin
    if accuracy:
        value = min(1.0, max(0.0, value))
        low, high = share_interval(value, images, margin) if images else (max(0.0, low), min(1.0, high))
    if reward is not None and reward.function is not None:
        objective = "reward"
    signal = find_signal(own)
    random_schemes = set(drawn)
    by_random = [one.reward for one in evaluations if one.share == 1 and one.scheme in random_schemes]
    random, *around = (max(by_random),) if by_random else estimate.of_random(len(searched))
    return Conclusion(
        scheme=None if signal.found is False else best,
        best=best,
        expected=value + known,
        interval=(low + known, high + known),
        objective=objective,
        accuracy=accuracy,
        value=value if direction == "max" else -value,
        value_interval=(low, high) if direction == "max" else (-high, -low),
        highest=max(estimate.scored, key=lambda evaluation: evaluation.reward),
        evaluations=len(searched),
        level=len(own) > 1 and level(np.array([one.reward for one in own])),
        rescored=len(repeats),
        random=random,
        random_interval=(around[0], around[1]) if around else None,
        signal=signal,
        reason=reason,
        limits="" if reward is None else left_by(reward, best.stages),
    )
