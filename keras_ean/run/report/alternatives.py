"""What figures show, in a sentence or two with their numbers, for those who cannot see them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.measure.agreement import Agreement
from keras_ean.measure.effects import Effects
from keras_ean.place_names import BLOCKS, PlaceNames
from keras_ean.run.front import Point, Scored
from keras_ean.run.kept_curves import Curves, by_title
from keras_ean.run.report.front_table import NAMES
from keras_ean.run.report.rows import Row, plain_of
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.run.verdict import Verdict
from keras_ean.scheme import Scheme


def comparison(rows: Sequence[Row], verdict: Verdict) -> str:
    """Of the compared networks' accuracies and costs."""
    plain = plain_of(rows)

    def told(row: Row) -> str:
        reached = verdict.unit.value(verdict.accuracy[row.name], verdict.intervals[row.name])
        parameters = row.over(plain, "parameters")
        costs = "" if row is plain or parameters is None else f", {parameters:+z.2f} % of parameters"
        slower = "" if row is plain else row.slower(plain, unit=" %")
        return f"{row.title} {reached}{costs}{f' and {slower} of time' if slower else ''}"

    return f"Test {verdict.unit.called} with its interval, and costs over no attention: {'; '.join(map(told, rows))}."


def scheme(called: str, scheme: Scheme, module: str, share: bool, folded: Sequence[int]) -> str:
    """Of a network that is drawn block by block."""
    names = PlaceNames(module)
    blocks = names.blocks(scheme.stages)
    stages = ", ".join(map(str, blocks))
    chain = f"{called[0].upper()}{called[1:]}: a chain of {sum(blocks)} residual blocks in stages of {stages}"
    on = [block for block, bit in enumerate(scheme.bits) if bit]
    if not on:
        return f"{chain}, none of them connected to attention."
    modules = f"one {'of each' if names.several else 'module'} to a stage" if share else "a module to each"
    gone = f"; folded {_is(folded)} {names.listed(folded)}" if folded else ""
    return f"{chain}; connected to {module}, {modules}, {_is(on)} {names.listed(on)}{gone}."


def _is(several: Sequence) -> str:
    return "is" if len(several) == 1 else "are"


def _range(values: Sequence[float], unit: Unit) -> str:
    low, high = (unit.number(unit.turned(end)) for end in (min(values), max(values)))
    return f"{low} to {high}{' %' if unit.share else ''}"


def front(scored: Scored) -> str:
    """Of all scored schemes by the objective and by what they cost."""
    unit, found = scored.unit, scored.front(scored.axis)

    def told(point: Point) -> str:
        cost = f"in {scored.ms(point)} ms" if scored.told_apart else f"with {point.parameters:,.0f} parameters"
        return f"{point.scheme} ({scored.written(point)}{' %' if unit.share else ''} {cost})"

    fastest, *_, slowest = sorted([*scored.points] * 2, key=lambda point: point.latency_ms)
    times = f"times of {scored.ms(fastest)} to {scored.ms(slowest)} ms" if scored.told_apart else "times that are alike"
    ends = f"is {told(found[0])}" if len(found) == 1 else f"goes from {told(found[0])} to {told(found[-1])}"
    return (
        f"{len(scored.points)} schemes, of {unit.called} {_range([one.value for one in scored.points], unit)} on "
        f"validation images and predicted {times}. The front against {NAMES[scored.axis]}, of {len(found)}, {ends}."
    )


def written(found: Effects, value: float, sign: str = "+") -> str:
    """An effect or a price with as many digits as show two figures of the largest effect or error, at least two."""
    known = (block for block in found.blocks if np.isfinite(block.error))
    largest = max((max(abs(block.effect), block.error) for block in known), default=0.0)
    digits = max(2, 1 - math.floor(math.log10(largest))) if largest else 2
    return f"{value:{sign}z.{digits}f}"


def effects(found: Effects, unit: Unit) -> str:
    """Of what connecting each block is worth."""
    known = [number for number, block in enumerate(found.blocks) if np.isfinite(block.error)]
    if not known:
        return f"None of the {len(found.blocks)} {found.names.noun}s has an estimate."

    def told(number: int) -> str:
        one = found.blocks[number]
        effect, low, high = (written(found, value) for value in (one.effect, one.low, one.high))
        return f"{found.names(number)} with {effect} ({low} to {high})"

    most, least = (pick(known, key=lambda number: found.blocks[number].effect) for pick in (max, min))
    by_answer = {
        answer: [number for number, block in enumerate(found.blocks) if block.decided == decided]
        for answer, decided in (("worth the price", "on"), ("not worth it", "off"), ("undecided", "undecided"))
    }
    counted = "; ".join(f"{answer} {_is(one)} {found.names.listed(one)}" for answer, one in by_answer.items() if one)
    return (
        f"In {unit.points}, the largest effect has {told(most)}, the smallest {told(least)}. By these "
        f"intervals {counted}."
    )


def search(schemes: Sequence[Scheme], scores: Sequence[float], marked: Mapping[str, Scheme], unit: Unit) -> str:
    """Of the scores of a search, in its order."""
    best = int(np.argmax([unit.turned(score) for score in scores]))
    shown = [
        f" The {name} scheme, {scheme}, scored {unit.value(unit.turned(scores[list(schemes).index(scheme)]))}."
        for name, scheme in marked.items()
        if scheme in schemes
    ]
    return (
        f"{len(schemes)} schemes scored {_range(scores, unit)}, the best of them in evaluation {best + 1}, "
        f"{schemes[best]}.{''.join(shown)}"
    )


def probabilities(policies: np.ndarray, names: PlaceNames = BLOCKS) -> str:
    """Of the policy of a search, (steps, places)."""
    last = policies[-1]
    listed = ("; " if names.several else ", ").join(f"{names(place)} {value:.2f}" for place, value in enumerate(last))
    steps = f"{len(policies)} steps of the search"
    return f"From one half for every {names.noun}, {steps} led to these probabilities: {listed}."


def rewards(rewards: Sequence[float], parts: Mapping[str, Sequence[float]]) -> str:
    """Of the rewards of a search.

    Args:
        rewards: Rewards in the order of scoring.
        parts: Parts as they enter them.
    """
    ranges = [f"its part {name} {min(values):.4f} to {max(values):.4f}" for name, values in parts.items()]
    own = f"The rewards of {len(rewards)} schemes lie between {min(rewards):.4f} and {max(rewards):.4f}"
    return f"{'; '.join([own, *(ranges if len(parts) > 1 else [])])}."


def curves(kept: Curves, unit: Unit) -> str:
    """Of how networks learned."""

    def told(title: str, several: Sequence[Sequence[Mapping[str, float]]]) -> str:
        known = [epochs[-1][unit.objective] for epochs in several if unit.objective in epochs[-1]]
        loss = [epochs[-1]["loss"] for epochs in several]
        reached = unit.value(unit.turned(float(np.mean(known)))) if known else f"a loss of {np.mean(loss):.3g}"
        epochs, times = len(several[0]), f", mean of {len(several)} trainings" if len(several) > 1 else ""
        return f"{title} {reached} after {epochs} {'epoch' if epochs == 1 else 'epochs'}{times}"

    each = "; ".join(told(title, several) for title, several in by_title(kept).items())
    return f"At the end of the trainings, {unit.called} on the training images: {each}."


def rank(
    scores: np.ndarray, accuracy: np.ndarray, result: Agreement, unit: Unit = ACCURACY, noun: str = "block"
) -> str:
    """Of schemes trained from scratch, (schemes, seeds), against their scores, (schemes,)."""
    means, what = 100 * accuracy.mean(axis=1), "" if unit == ACCURACY else f" of {unit.called}"
    return (
        f"{len(scores)} schemes, whose scores are {_range(scores.tolist(), unit)}{what} and whose "
        f"accuracies after training from scratch are {means.min():.1f} to {means.max():.1f} %. Kendall's tau of the "
        f"scores is {result.kendall}, that of the number of connected {noun}s {result.density}."
    )


def confusion(title: str, counts: np.ndarray, names: Sequence[str]) -> str:
    """Of a confusion matrix, (classes, classes)."""
    shares = 100 * np.diag(counts) / np.maximum(1, counts.sum(axis=1))
    known = np.flatnonzero(counts.sum(axis=1))
    best, worst = known[shares[known].argmax()], known[shares[known].argmin()]
    return (
        f"{title} is right on {np.trace(counts):,} of {counts.sum():,} test images: most often for class "
        f"{names[best]}, {shares[best]:.0f} %, and least often for {names[worst]}, {shares[worst]:.0f} %."
    )


def said(images: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Of images, each with its class and those that networks name."""
    each = [f"{label} ({', '.join(f'{title}: {named}' for title, named in said.items())})" for label, said in images]
    return f"The classes of the images, and in brackets what networks say: {'; '.join(each)}."
