"""Searches replayed on scores that are known of every scheme: (schemes, repeats), rows as in a table of EAN-Bench."""

from collections.abc import Callable, Sequence

import numpy as np

from keras_ean import Scheme
from keras_ean.bench import ReplayEvaluator, Table
from keras_ean.measure import effects
from keras_ean.search import Evaluation
from keras_ean.search.algorithms import lookup
from keras_ean.search.outcome import Estimate, find_signal, most_promising

BUDGETS = (16, 32, 64, 128)
"""Scores, those of contenders scored again included."""
SAMPLES = 4
MOST_STEPS = 400
CONTENDERS, REPEATS = 5, 2
PAPER = {"baseline": "moving", "curiosity_weight": 1.0, "entropy_weight": 0.0, "normalise": False, "restarts": 0}

Naming = Callable[[Sequence[Evaluation], int, Callable[[Scheme, int], Evaluation]], Scheme]


def highest(evaluations: Sequence[Evaluation], budget: int, score) -> Scheme:
    """The highest score seen."""
    return max(evaluations[:budget], key=lambda evaluation: evaluation.reward).scheme


def regression(evaluations: Sequence[Evaluation], budget: int, score) -> Scheme:
    """The highest expected score, by regression."""
    estimate = Estimate(evaluations[:budget])
    return estimate.schemes[estimate.best()[0]]


def by_effects(evaluations: Sequence[Evaluation], budget: int, score) -> Scheme:
    """Every block of positive effect."""
    scored = evaluations[:budget]
    bits, rewards = np.array([one.scheme.bits for one in scored]), np.array([one.reward for one in scored])
    return effects(bits, rewards, scored[0].scheme.stages).scheme


def scored_again(evaluations: Sequence[Evaluation], budget: int, score, ends: bool = False) -> Scheme:
    """The best of the contenders after further scores, as `SchemeTuner` does with a noisy evaluator.

    Args:
        evaluations: the search's.
        budget: of scores; contenders take their part of it, unless it is too small.
        score: gives a further score.
        ends: the empty and the full scheme are contenders, in place of the last two.
    """
    if budget < 2 * CONTENDERS * REPEATS:
        return regression(evaluations, budget, score)
    first = list(evaluations[: budget - CONTENDERS * REPEATS])
    stages, always = first[0].scheme.stages, []
    if ends:
        always = [Scheme.empty(stages), Scheme.full(stages)]
        missing = [scheme for scheme in always if scheme not in {one.scheme for one in first}]
        first = first[: len(first) - len(missing)] + [score(scheme, 0) for scheme in missing]
    chosen = list(dict.fromkeys([*always, *most_promising(first, CONTENDERS)]))[:CONTENDERS]
    estimate = Estimate(first, [score(scheme, repeat) for repeat in range(1, REPEATS + 1) for scheme in chosen])
    return estimate.schemes[estimate.best()[0]]


def ends_scored_again(evaluations: Sequence[Evaluation], budget: int, score) -> Scheme:
    return scored_again(evaluations, budget, score, ends=True)


SEARCHERS: dict[str, tuple[str, dict, Naming]] = {
    "random, best seen": ("random", {}, highest),
    "random": ("random", {}, regression),
    "evolution": ("evolution", {}, regression),
    "reinforce (paper), best seen": ("reinforce", PAPER, highest),
    "reinforce": ("reinforce", {}, regression),
    "screening": ("screening", {}, by_effects),
    "surrogate": ("surrogate", {}, regression),
}
NOISY: dict[str, tuple[str, dict, Naming]] = {
    **SEARCHERS,
    "random, scored again": ("random", {}, scored_again),
    "surrogate, scored again": ("surrogate", {}, scored_again),
    "surrogate, none and full scored again": ("surrogate", {}, ends_scored_again),
}
"""For scores with noise."""


def search(table: Table, name: str, scores: np.ndarray, seed: int) -> tuple[list[Evaluation], Callable]:
    """What a search has scored, in order, and what gives further scores.

    Args:
        table: of the space.
        name: of `NOISY`.
        scores: (schemes, repeats).
        seed: of the search.
    """
    algorithm, options, _ = NOISY[name]
    searcher = lookup(algorithm)(table.stages, samples=SAMPLES, seed=seed, **options)

    def score(scheme: Scheme, repeat: int) -> Evaluation:
        reward = float(scores[table.row(scheme), repeat])
        return Evaluation(scheme, reward, {"objective": reward}, repeat=repeat)

    memo: dict[Scheme, Evaluation] = {}
    for _ in range(MOST_STEPS):
        batch = searcher.propose() if len(memo) < BUDGETS[-1] and not searcher.converged else []
        if not batch:
            break
        for scheme in batch:
            if scheme not in memo:
                memo[scheme] = score(scheme, 0)
        searcher.observe([memo[scheme] for scheme in batch])
    return list(memo.values()), score


def replay(table: Table, name: str, scores: np.ndarray, seed: int) -> list[int]:
    """Rows of the schemes that a search names after each budget; arguments as of `search`."""
    evaluations, score = search(table, name, scores, seed)
    return [table.row(NOISY[name][2](evaluations, budget, score)) for budget in BUDGETS]


def searched_scores(table: Table, repetition: int, common: bool = True) -> tuple[np.ndarray, list[int]]:
    """Trainings for a search, (schemes, repeats), from half of the seeds, and the seeds that judge.

    Args:
        table: of the space.
        repetition: which half, and in which order.
        common: the first trainings of all schemes start from the same initial weights.
    """
    searched, judged = halves(table.accuracy.shape[1], repetition)
    evaluator = ReplayEvaluator(table, searched, seed=repetition, common=common)
    return np.take_along_axis(table.accuracy, evaluator.order, axis=1), judged


def on_trainings(table: Table, name: str, repetitions: int, common: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Rows named by searches with trainings, (repetitions, budgets), and which seeds may judge them, (…, seeds)."""
    rows, judges = [], np.zeros((repetitions, table.accuracy.shape[1]), bool)
    for repetition in range(repetitions):
        scores, judged = searched_scores(table, repetition, common)
        rows.append(replay(table, name, scores, repetition))
        judges[repetition, judged] = True
    return np.array(rows), judges


def best_of_few(table: Table, trainings: int, draws: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """As `on_trainings`, with one budget: the best seen of so many random schemes, too few for a search."""
    rows, judges = [], np.zeros((draws, table.accuracy.shape[1]), bool)
    for draw in range(draws):
        scores, judged = searched_scores(table, draw)
        drawn = np.random.default_rng(draw).choice(len(scores), trainings, replace=False)
        rows.append([drawn[scores[drawn, 0].argmax()]])
        judges[draw, judged] = True
    return np.array(rows), judges


def signals(table: Table, name: str, repetitions: int, shuffled: bool = False) -> list[float]:
    """Per budget, the share of searches with trainings in which a signal is found; with scores that are shuffled over
    the schemes there is none."""
    found = []
    for repetition in range(repetitions):
        scores, _ = searched_scores(table, repetition)
        if shuffled:
            scores = np.random.default_rng(repetition).permutation(scores)
        evaluations, _ = search(table, name, scores, repetition)
        found.append([bool(find_signal(evaluations[:budget]).found) for budget in BUDGETS])
    return np.mean(found, axis=0).tolist()


def judged_accuracy(table: Table, rows: np.ndarray, judges: np.ndarray) -> np.ndarray:
    """True accuracy in points, (repetitions, budgets), of rows that those seeds judge."""
    weights = judges[:, None] / judges.sum(axis=1)[:, None, None]
    return (paired_accuracy(table)[rows] * weights).sum(axis=-1)


def halves(seeds: int, repetition: int) -> tuple[list[int], list[int]]:
    """Seeds to search with, and seeds to judge by."""
    order = np.random.default_rng(repetition).permutation(seeds).tolist()
    return order[: seeds // 2], order[seeds // 2 :]


def paired_accuracy(table: Table) -> np.ndarray:
    """(schemes, seeds), in points, less what a seed's initial weights do to all schemes alike."""
    accuracy = 100 * table.accuracy.astype("float64")
    return accuracy - accuracy.mean(axis=0) + accuracy.mean()
