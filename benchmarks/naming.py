"""What the scheme is worth that a search names under noise, and whether the intervals hold: python benchmarks/naming.py

Prints two tables: scores that are noisy anew each time (trainings), and scores on a limited validation set. One core,
about ten minutes.
"""

import argparse
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from keras_ean import Scheme
from keras_ean.search import Evaluation
from keras_ean.search.algorithms import lookup
from keras_ean.search.outcome import Estimate, conclude, most_promising

CONTENDERS, REPEATS = 5, 3
RANDOM_SEARCHES = 20


def search(algorithm: str, blocks: int, evaluations: int, score: Callable[[Scheme], float], seed: int) -> list:
    searcher, memo = lookup(algorithm)((blocks,), samples=4, seed=seed), {}
    while len(memo) < evaluations and not searcher.converged:
        batch = searcher.propose()
        for scheme in batch:
            if scheme not in memo:
                memo[scheme] = Evaluation(scheme, score(scheme))
        searcher.observe([memo[scheme] for scheme in batch])
    return list(memo.values())


def noisy(algorithm: str, blocks: int, evaluations: int, noise: float, seed: int) -> list[float]:
    """Main effects with a standard deviation of 1 over random schemes, weak interactions, and noise in each score."""
    draw, other = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    effects = draw.normal(size=blocks) * 2 / np.sqrt(blocks)
    pairs = np.triu(draw.normal(size=(blocks, blocks)), 1) * 0.3 / np.sqrt(blocks)

    def worth(schemes) -> np.ndarray:
        schemes = np.atleast_2d(schemes)
        signs = 2 * schemes - 1
        return schemes @ effects + ((signs @ pairs) * signs).sum(axis=1)

    def score(scheme: Scheme) -> float:
        return float(worth(scheme.bits)[0]) + noise * draw.normal()

    scored = search(algorithm, blocks, evaluations, score, seed)
    plain = Estimate(scored)
    again = [
        Evaluation(scheme, score(scheme), repeat=repeat)
        for repeat in range(1, REPEATS + 1)
        for scheme in most_promising(scored, CONTENDERS)
    ]
    optimum = worth(np.arange(2**blocks)[:, None] >> np.arange(blocks) & 1).max()
    row = [optimum - worth(max(scored, key=lambda one: one.reward).scheme.bits)[0]]
    for estimate in (plain, Estimate(scored, again)):
        [pick] = estimate.best()
        true = worth(estimate.schemes[pick].bits)[0]
        row += [optimum - true, abs(estimate.means[pick] - true) < estimate.quantile * estimate.deviations[pick]]
    mean, low, high = plain.of_random(len(scored))
    shape = (RANDOM_SEARCHES, len(scored))
    schemes = other.random((*shape, blocks)) < other.random((*shape, 1))
    reached = (worth(schemes.reshape(-1, blocks)).reshape(shape) + noise * other.normal(size=shape)).max(axis=1)
    return [*row, mean - reached.mean(), np.mean((low <= reached) & (reached <= high))]


def limited(overlap: float, images: int, seed: int, blocks: int = 9, evaluations: int = 100) -> list[float]:
    """Accuracies around 75 %, with effects of 2 points; schemes err on the same images to the degree of `overlap`."""
    draw, quantile = np.random.default_rng(seed), NormalDist().inv_cdf
    effects, shared = draw.normal(size=blocks) * 0.04 / np.sqrt(blocks), draw.normal(size=images)

    def rate(scheme: Scheme) -> float:
        return 0.75 + float(effects @ (np.array(scheme.bits) - 0.5))

    def score(scheme: Scheme) -> float:
        own = np.random.default_rng([seed, *scheme.bits]).normal(size=images)
        return float((np.sqrt(overlap) * shared + np.sqrt(1 - overlap) * own < quantile(rate(scheme))).mean())

    conclusion = conclude(search("surrogate", blocks, evaluations, score, seed), images=images)
    optimum, named = 0.75 + np.abs(effects).sum() / 2, rate(conclusion.best)
    low, high = conclusion.interval
    return [optimum - rate(conclusion.highest.scheme), optimum - named, low < named < high, (high - low) / 2]


def show(label: str, rows: list[list[float]], scales: list[float]) -> None:
    print(f"| {label} | {' | '.join(f'{v:.2f}' for v in np.mean(rows, axis=0) * scales)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=100)
    seeds = range(parser.parse_args().seeds)
    heads = ["best seen", "regression", "holds, %", "scored again", "holds, %", "random: error", "holds, %"]
    print(f"| searcher, blocks, evaluations, noise | {' | '.join(heads)} |\n|---|{'--:|' * len(heads)}")
    for algorithm in ("surrogate", "random"):
        for blocks, evaluations in ((8, 64), (16, 150)):
            for noise in (0.3, 1.0, 2.0):
                rows = [noisy(algorithm, blocks, evaluations, noise, seed) for seed in seeds]
                show(f"{algorithm}, {blocks}, {evaluations}, {noise}", rows, [1, 1, 100, 1, 100, 1, 100])
    print("\n| overlap, images | best seen | regression | holds, % | half interval |\n|---|--:|--:|--:|--:|")
    for overlap in (0.0, 0.5, 0.9):
        for images in (300, 2000):
            show(f"{overlap}, {images}", [limited(overlap, images, seed) for seed in seeds], [100, 100, 100, 100])


if __name__ == "__main__":
    main()
