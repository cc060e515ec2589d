"""What a search has shown: which scheme, how sure, and whether there was anything to find."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.model import SchemeModel, representative
from keras_ean.search.signal import Signal, find_signal


@dataclass(frozen=True)
class Conclusion:
    """The outcome of a search.

    Attributes:
        scheme: the scheme with the highest expected reward; None if the rewards have nothing to do with the schemes.
        expected: its reward as the regression expects it, with the noise taken out.
        deviation: standard deviation of `expected`.
        highest: the evaluation with the highest reward; with noisy rewards, partly luck.
        random: the highest reward that random search has reached, or would have, with as many evaluations.
        random_measured: whether random search was run (`compare_random=True`) or estimated by the regression.
        signal: the test for a signal.
        reason: why the search ended.
    """

    scheme: Scheme | None
    expected: float
    deviation: float
    highest: Evaluation
    random: float
    random_measured: bool
    signal: Signal
    reason: str | None

    def __str__(self) -> str:
        lines = [f"Search ended: {self.reason or 'not yet'}."]
        if self.scheme is None:
            lines.append(
                f"No signal: the rewards of {self.signal.evaluations} schemes could not be predicted from where "
                f"attention is connected (p = {self.signal.p_value:.2g}). No scheme is named; take the cheapest one, a "
                "larger validation set or a better trained supernet."
            )
        else:
            lines.append(f"Scheme {self.scheme}: expected reward {self.expected:.4f} ± {self.deviation:.4f}.")
            if self.signal.found is None:
                lines.append("Too few evaluations to tell a signal from luck.")
            else:
                lines.append(
                    f"Where attention is connected explains {self.signal.explained:.0%} of the variance of the rewards "
                    f"(p = {self.signal.p_value:.2g})."
                )
        lines.append(f"Highest reward seen: {self.highest.reward:.4f}, {self.highest.scheme}.")
        how = "reached" if self.random_measured else "would have reached about"
        lines.append(f"Random search with as many evaluations {how} {self.random:.4f}.")
        return "\n".join(lines)


def conclude(evaluations: Sequence[Evaluation], reason: str | None = None) -> Conclusion:
    """Of all evaluations, in the order of scoring.

    The scheme is chosen by regression among those scored on the whole validation set: with noisy rewards the highest
    one is mostly luck, and without noise the regression goes through the rewards themselves.

    Raises:
        ValueError: no scheme was scored on the whole validation set.

    Example:
        >>> from itertools import product
        >>> every = [Evaluation(bits, bits[0] - bits[3], stages=(2, 3)) for bits in product((0, 1), repeat=5)]
        >>> conclude(every).scheme
        Scheme('10 000')
    """
    searched = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
    whole = [evaluation for evaluation in searched if evaluation.share == 1]
    if not whole:
        raise ValueError("No scheme was scored yet. Run search first.")
    highest = max(whole, key=lambda evaluation: evaluation.reward)
    rewards = np.array([evaluation.reward for evaluation in whole], "float64")
    bits = np.array([evaluation.bits for evaluation in whole])
    kept = representative(rewards)
    model = SchemeModel(bits[kept], rewards[kept])
    means, deviations = model.predict(bits[kept])
    pick = int(np.argmax(means.round(12)))
    signal = find_signal(searched)
    drawn = [evaluation.reward for evaluation in evaluations if evaluation.origin == "random"]
    return Conclusion(
        scheme=None if signal.found is False else whole[kept[pick]].scheme,
        expected=float(means[pick]),
        deviation=float(deviations[pick]),
        highest=highest,
        random=max(drawn) if drawn else best_of_random(model, len(searched)),
        random_measured=bool(drawn),
        signal=signal,
        reason=reason,
    )


def best_of_random(model: SchemeModel, evaluations: int, draws: int = 2048) -> float:
    """Expected highest reward of so many random schemes of stratified density, by the regression."""
    random = np.random.default_rng(0)
    blocks = model.signs.shape[1]
    schemes = random.random((draws, blocks)) < random.random((draws, 1))
    mean, deviation = model.predict(schemes.astype(int))
    noise = model.spread * np.sqrt(model.choice[2])
    rewards = np.sort(mean + np.hypot(deviation, noise) * random.normal(size=draws))
    # P(the highest of n draws is at most the k-th smallest of the sample) = (k / draws)^n.
    at_most = (np.arange(draws + 1) / draws) ** evaluations
    return float(rewards @ np.diff(at_most))
