"""Main effects of the blocks on a score, with standard errors: where attention pays, block by block."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from keras_ean.measure.least_squares import averaged, interactions, least_squares, residual_variance
from keras_ean.place_names import BLOCKS, PlaceNames
from keras_ean.scheme import Scheme, check_stages


class Scored(Protocol):
    """A scheme that a search has scored, as `keras_ean.search.Evaluation` is."""

    @property
    def scheme(self) -> Scheme: ...
    @property
    def reward(self) -> float: ...
    @property
    def parts(self) -> Mapping[str, float]:
        """The terms of the reward, "objective" among them."""


@dataclass(frozen=True)
class Effect:
    """Tells what connecting a block changes, averaged over the settings of all others, in the unit of the scores.

    Attributes:
        name: The block's number, with the module where a block has several, as in "2, SE"; or the two that an
            interaction is between, as in "2×3" or "stages 0×1".
        effect: The mean score with the block connected less that without it. For an interaction, it is half of what the
            presence of one changes in the effect of the other.
        error: The standard error; infinite if the scores leave nothing to estimate it from.
        low, high: The ends of the confidence interval.
        price: What connecting the block costs, in the same unit.
        probability: The probability that the effect exceeds the price, by the t distribution.
    """

    name: str
    effect: float
    error: float
    low: float
    high: float
    price: float = 0.0
    probability: float = 0.5

    @property
    def decided(self) -> str:
        """This is "on" if the interval lies above the price, "off" if it lies below, and else "undecided"."""
        if self.low > self.price:
            return "on"
        return "off" if self.high < self.price else "undecided"


@dataclass(frozen=True)
class Effects:
    """Holds the effects of all blocks, in order; `print` shows them as a table.

    Attributes:
        blocks: The effect of each block.
        interactions: The interactions of neighbouring blocks and of whole stages, as far as the scored schemes can tell
            them; empty if these are too few.
        stages: The number of blocks of each stage.
        schemes: The number of different schemes that were scored.
        confidence: The confidence of the intervals, 0 … 1.
        names: The names of the places that are told apart, which are blocks if these have one module each.
    """

    blocks: tuple[Effect, ...]
    interactions: tuple[Effect, ...]
    stages: tuple[int, ...]
    schemes: int
    confidence: float
    names: PlaceNames = BLOCKS

    def of(self, attention: str) -> "Effects":
        """Gives the same effects, named by block and module.

        Args:
            attention: The name of the attention module that the scores are of, such as "eca+se".
        """
        names = PlaceNames(attention)
        if not names.several:
            return self
        blocks = (replace(block, name=names.short(number)) for number, block in enumerate(self.blocks))
        pairs = (replace(pair, name=_pair(pair.name, names)) for pair in self.interactions)
        return replace(self, blocks=tuple(blocks), interactions=tuple(pairs), names=names)

    @property
    def scheme(self) -> Scheme:
        """This is the scheme that connects every block whose effect exceeds its price."""
        return Scheme([int(block.effect > block.price) for block in self.blocks], self.stages)

    @property
    def undecided(self) -> tuple[int, ...]:
        """These are the numbers of the blocks whose interval covers their price."""
        return tuple(number for number, block in enumerate(self.blocks) if block.decided == "undecided")

    @property
    def probabilities(self) -> tuple[float, ...]:
        """These are the probabilities that each block is worth its price, (blocks,); `ReinforceOracle(start=…)` takes
        them.
        """
        return tuple(block.probability for block in self.blocks)

    def taken_alone(self, scheme: Scheme | str) -> str:
        """Says in a sentence how a `scheme` relates to what its blocks are worth when each is taken alone."""
        scheme, noun = Scheme(scheme, self.stages), self.names.noun
        if scheme == self.scheme:
            return f"Taken alone, the {noun}s that are estimated to be worth their price are those of {scheme} too."
        both = enumerate(zip(scheme.bits, self.blocks, strict=True))
        against = [number for number, (bit, block) in both if block.decided == ("off" if bit else "on")]
        speak = f"Taken alone, the estimates of the {noun}s speak for {self.scheme} instead of {scheme}: "
        if not against:
            return f"{speak}they differ only in {noun}s of which the intervals leave open whether they are worth it."
        return (
            f"{speak}the effect of a {noun} is its mean over all schemes, and within one scheme "
            f"{self.names.listed(against)} may be worth more, or less, than that."
        )

    def __str__(self) -> str:
        percent = f"{100 * self.confidence:.3g} %"
        if not any(np.isfinite(block.error) for block in self.blocks):
            each = f"{len(self.blocks)} {self.names.noun}s"
            return (
                f"{self.schemes} different schemes are too few to tell what each of {each} is worth, or do not tell "
                "them apart: score more of them."
            )
        stages = np.repeat(range(len(self.stages)), self.stages)
        called = [f"{block.name} (stage {stage})" for block, stage in zip(self.blocks, stages, strict=True)]
        width = max(12, *map(len, called), *(len(pair.name) for pair in self.interactions))
        head = f"{self.names.noun:>{width}} {'effect':>8} {'s.e.':>7} {percent + ' interval':>20} {'price':>7}  connect"
        lines = [head]
        for name, block in zip(called, self.blocks, strict=True):
            lines.append(f"{_cells(name, block, width)} {block.price:7.2f}  {block.decided}")
        lines += [
            f"{_cells(pair.name, pair, width)}          {'interact' if pair.decided != 'undecided' else ''}".rstrip()
            for pair in self.interactions
        ]
        named = f"Taken alone, the estimates speak for {self.scheme}, of {self.schemes} schemes scored"
        if self.undecided:
            apart = "; " if self.names.several else ", "
            named += f"; undecided: {apart.join(map(self.names.short, self.undecided))}"
        return "\n".join([*lines, f"{named}."])


def _cells(name: str, effect: Effect, width: int) -> str:
    if not np.isfinite(effect.error):
        return f"{name:>{width}} {'no estimate':>37}"
    interval = f"{effect.low:+.2f} … {effect.high:+.2f}"
    return f"{name:>{width}} {effect.effect:+8.2f} {effect.error:7.2f} {interval:>20}"


def _pair(name: str, names: PlaceNames) -> str:
    """The name of an interaction of two places, in place of that of their numbers; stages are called as before."""
    first, _, second = name.partition("×")
    return f"{names.short(int(first))} × {names.short(int(second))}" if first.isdigit() else name


def effects(
    bits: np.ndarray,
    scores: np.ndarray,
    stages: Sequence[int] | None = None,
    price: float | Sequence[float] = 0.0,
    confidence: float = 0.95,
    images: float | None = None,
    scale: float = 1.0,
) -> Effects:
    """Estimates what connecting each block adds to the score on average, by least squares of the scores on the bits.

    Scores of the same scheme are averaged first. Interactions are estimated if twice as many schemes were scored as
    there are terms. The errors cover the noise of the scores, and what the terms leave unexplained, as if it were
    random. They hold for schemes drawn by a design, and are only a description where a searcher chose schemes by their
    scores. With several scores a scheme, the part that is not noise counts for the share of all schemes that was not
    scored, and so vanishes for a complete table. A block that was never varied, or only together with others, has no
    estimate: its effect is 0 with an infinite error.

    Scores that are accuracies on one set of images have a noise in common: on other images, a block would have another
    effect, however many schemes are scored. The size of this noise depends on how many images a block answers
    differently, which accuracies do not tell. What the residuals do tell is how many images, at the most, a scheme
    answers differently beyond what its blocks explain. With `images`, all blocks together are taken to answer as many
    differently. In two trained supernets of nine blocks, they answered 0.98 and 0.95 times as many
    (benchmarks/searching.md), and at least as many as half an image for and half against each block amount to, so that
    no error is 0 where all schemes answer alike (Agresti and Min, Biostatistics 6, 2005).

    Args:
        bits: The schemes that were scored, (n, blocks) of 0 and 1; rows may repeat.
        scores: The score of each scheme, (n,), or (n, seeds) with several scores a scheme.
        stages: The number of blocks of each stage; None takes all blocks for one stage.
        price: What connecting a block costs, in the unit of the scores: one number for all blocks, or one for each.
        confidence: The confidence of the intervals, 0 … 1.
        images: The number of images, where the scores are accuracies on one set of them, whose noise the errors are to
            include; None includes none.
        scale: The score of a scheme that is right on all images.

    Raises:
        ValueError: The shapes do not fit each other or the stages.

    Example:
        >>> from itertools import product
        >>> schemes = np.array(list(product((0, 1), repeat=4)))
        >>> found = effects(schemes, schemes @ [2.0, -1.0, 0.5, 0.0], stages=(2, 2), price=1.0)
        >>> found.scheme, [block.decided for block in found.blocks]
        (Scheme('10 00'), ['on', 'off', 'off', 'off'])
    """
    bits, scores = np.asarray(bits), np.asarray(scores, "float64")
    if bits.ndim != 2 or scores.ndim not in (1, 2) or len(scores) != len(bits) or not scores.size:
        raise ValueError(
            f"effects takes bits (n, blocks) and scores (n,) or (n, seeds), not {bits.shape} and {scores.shape}."
        )
    stages = check_stages(stages or (bits.shape[1],))
    if sum(stages) != bits.shape[1]:
        raise ValueError(f"Stages {stages} have {sum(stages)} blocks, but the bits have {bits.shape[1]}.")
    prices = np.broadcast_to(np.asarray(price, "float64"), bits.shape[1])
    distinct, means, noise = averaged(bits, scores)
    mains = {str(block): column for block, column in enumerate(2.0 * distinct.T - 1)}
    pairs = interactions(2.0 * distinct - 1, stages)
    terms = {**mains, **pairs} if len(distinct) >= 2 * (1 + len(mains) + len(pairs)) else mains
    unscored = 1 - min(1.0, len(distinct) / 2.0 ** len(mains))
    values, errors, freedom = least_squares(np.stack(list(terms.values()), axis=1), means, noise, unscored)
    if images is not None:
        differently = 2 * np.sqrt(residual_variance(distinct, means) / len(mains))
        errors = np.hypot(errors, max(differently, scale / np.sqrt(images * (images + 1))))
    found = [
        estimated(name, value, error, freedom, cost, confidence)
        for name, value, error, cost in zip(terms, values, errors, [*prices, *[0.0] * (len(terms) - len(mains))])
    ]
    return Effects(tuple(found[: len(mains)]), tuple(found[len(mains) :]), stages, len(distinct), confidence)


def effects_of(
    evaluations: Iterable[Scored],
    scale: float = 100.0,
    direction: str = "max",
    confidence: float = 0.95,
    images: float | None = None,
) -> Effects:
    """Estimates the effects of the blocks on the objective of a search, with the prices that its reward puts on them.

    Args:
        evaluations: The schemes with their scores, as `SchemeTuner.evaluations()` gives them.
        scale: The factor of objective and price; 100 turns accuracies of 0 … 1 into points.
        direction: The direction of the objective, "max" or "min"; "min" turns its sign, so that positive effects are
            good ones.
        confidence: The confidence of the intervals, 0 … 1.
        images: The number of validation images, where the objective is an accuracy on them and the errors are to
            include their noise (see `effects`); None includes none.

    Raises:
        ValueError: No scheme was scored.
    """
    scored = list(evaluations)
    if not scored:
        raise ValueError("No scheme was scored yet. Run search first.")
    bits = np.array([evaluation.scheme.bits for evaluation in scored])
    stages = scored[0].scheme.stages
    rewards = np.array([evaluation.reward for evaluation in scored])
    objectives = np.array([evaluation.parts["objective"] for evaluation in scored])
    objectives = objectives if direction == "max" else -objectives
    prices = [block.effect for block in effects(bits, scale * (objectives - rewards), stages).blocks]
    return effects(bits, scale * objectives, stages, prices, confidence, images, scale)


def estimated(name: str, effect: float, error: float, freedom: float, price: float, confidence: float) -> Effect:
    """The effect with its interval and its probability, by the t distribution."""
    if not np.isfinite(error):
        return Effect(name, float(effect), np.inf, -np.inf, np.inf, float(price), 0.5)
    from scipy import special

    margin = special.stdtrit(freedom, 0.5 + confidence / 2) * error
    probability = special.stdtr(freedom, (effect - price) / error) if error else 0.5
    numbers = (effect, error, effect - margin, effect + margin, price, probability)
    return Effect(name, *map(float, numbers))
