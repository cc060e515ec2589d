"""Which schemes scores name, what they lack to the best one of a table, and at what cost."""

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.special import stdtrit

from keras_ean.bench import Table
from keras_ean.measure import kendall

TOLERANCE = 0.005
"""Of accuracy: the cheapest scheme is named whose score is so close to the highest."""
SPARSITY = 0.02
"""Of accuracy or nats: what the reward of a run gives for leaving out all connections."""


def named(scores: np.ndarray, table: Table, tolerance: float) -> int:
    """The cheapest scheme whose score is within the tolerance of the highest; of several, the one of highest score."""
    near = np.flatnonzero(scores >= scores.max() - tolerance)
    connections = table.bits[near].sum(axis=1)
    cheapest = near[connections == connections.min()]
    return int(cheapest[scores[cheapest].argmax()])


def stripped(scores: np.ndarray, table: Table, tolerance: float) -> int:
    """What is left of attention everywhere when one connection after the other goes, each time the one that leaves the
    highest score, until the score is below the highest one so far by more than the tolerance."""
    row, highest = len(scores) - 1, scores[-1]
    while table.bits[row].any():
        smaller = np.flatnonzero(
            (table.bits <= table.bits[row]).all(1) & (table.bits.sum(1) == table.bits[row].sum() - 1)
        )
        after = smaller[scores[smaller].argmax()]
        if scores[after] < highest - tolerance:
            break
        row, highest = after, max(highest, scores[after])
    return int(row)


def best(table: Table) -> float:
    """What the best scheme is worth, without luck: named on half of the seeds, judged on the others; or at least what
    no attention, attention everywhere, or a scheme chosen for its luck is sure to be worth (a limit of 95 % for all
    schemes at once). Half of the seeds name a wrong scheme where some trainings of each fail altogether."""
    seeds = table.accuracy.shape[1]
    halves = [set(half) for half in itertools.combinations(range(seeds), seeds // 2)]
    worth = []
    for half in halves:
        chosen = table.accuracy[:, sorted(half)].mean(axis=1).argmax()
        worth.append(table.accuracy[chosen, sorted(set(range(seeds)) - half)].mean())
    means = table.accuracy.mean(axis=1)
    errors = table.accuracy.std(axis=1, ddof=1) / np.sqrt(seeds)
    sure = means + stdtrit(seeds - 1, 0.05 / len(means)) * errors
    return float(max(np.mean(worth), means[0], means[-1], sure.max()))


def rows(table: Table, cases: list[dict]) -> Iterator[str]:
    """One for each score: what the named scheme lacks, how many connections it has, tau, cost; and what that of the
    highest reward lacks."""
    means = table.accuracy.mean(axis=1)
    top, density = best(table), table.bits.sum(axis=1)
    plain = [case["spent"] for case in cases if case["kind"] == "training"]
    kinds = sorted({(case["kind"], name) for case in cases for name in case["scores"]})
    for kind, name in kinds:
        seeds = [case["scores"][name] for case in cases if case["kind"] == kind and name in case["scores"]]
        for metric in [key for key in seeds[0] if key not in ("spent", "decided")]:
            tolerance, sign = TOLERANCE if metric == "accuracy" else 0.0, -1 if metric == "loss" else 1
            chosen = [named(sign * np.array(one[metric]), table, tolerance) for one in seeds]
            lacks = [100 * (top - means[row]) for row in chosen]
            rewards = [sign * np.array(one[metric]) + SPARSITY * (1 - density / table.bits.shape[1]) for one in seeds]
            highest = spread([100 * (top - means[one.argmax()]) for one in rewards])
            rewarded = highest if metric in ("accuracy", "loss") else ""
            taus = [kendall(sign * np.array(one[metric]), means) for one in seeds]
            cost = np.mean([one["spent"] for one in seeds]) / np.mean(plain) if plain else np.nan
            counts = ", ".join(str(int(density[row])) for row in chosen)
            score = f"{name}, by loss" if metric == "loss" else name
            yield f"| {kind} | {score} | {spread(lacks)} | {counts} | {rewarded} | {spread(taus, 2)} | {cost:.1f} |"
            if kind == "everywhere" and name in ("calibrated", "tuned"):
                left = [stripped(sign * np.array(one[metric]), table, tolerance) for one in seeds]
                lacks, counts = (
                    [100 * (top - means[row]) for row in left],
                    ", ".join(str(int(density[row])) for row in left),
                )
                yield f"| {kind} | {score}, block by block | {spread(lacks)} | {counts} | | | {cost:.1f} |"
    for kind, row in (("no attention", 0), ("everywhere", len(means) - 1)):
        yield f"| without a search | {kind} | {100 * (top - means[row]):.1f} | {int(density[row])} | | | 0 |"
    taus = kendall(-density.astype("float64"), means)
    yield f"| without a search | a random scheme | {100 * (top - means.mean()):.1f} | | | {taus:.2f}, fewer first | 0 |"


def spread(values: list[float], digits: int = 1) -> str:
    deviation = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{deviation}"
