"""Which search finds the right block, where only one block is right? Replayed on a table at the plateau.

    python experiments/placement.py [--table spacing-3]      # seconds; prints the table of experiments/README.md

A score is one training. Of the seeds of the table, half are searched with and the others judge, 200 times.
"""

import argparse

import numpy as np
from replays import NOISY, halves, search, searched_scores

from keras_ean import bench

BUDGETS = (3, 4, 5, 6, 8)
"""Trainings that a search may ask for."""
REPETITIONS = 200
TOLERANCE = 0.5
NAMES = tuple(name for name in NOISY if "again" not in name)


def worth(table: bench.Table, name: str, repetition: int) -> list[float]:
    """Test accuracy, in percent, of the scheme that a search names after each budget."""
    scores, judged = searched_scores(table, repetition)
    evaluations, score = search(table, name, scores, repetition)
    rows = [table.row(NOISY[name][2](evaluations, budget, score)) for budget in BUDGETS]
    return [100 * table.accuracy[row, judged].mean() for row in rows]


def without_search(table: bench.Table) -> dict[str, float]:
    """What schemes are worth that nobody had to search for, and what a scheme that is known to be best would be."""
    accuracy = 100 * table.accuracy
    best, cheapest = [], []
    for repetition in range(REPETITIONS):
        searched, judged = halves(accuracy.shape[1], repetition)
        means = accuracy[:, searched].mean(axis=1)
        near = np.flatnonzero(means >= means.max() - TOLERANCE)
        best.append(accuracy[means.argmax(), judged].mean())
        cheapest.append(accuracy[near[table.bits[near].sum(axis=1).argmin()], judged].mean())
    return {
        "none": accuracy[0].mean(),
        "everywhere": accuracy[-1].mean(),
        "a scheme at random": accuracy.mean(),
        "the best by half of the seeds": float(np.mean(best)),
        f"the cheapest within {TOLERANCE} points of it": float(np.mean(cheapest)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", choices=bench.available(), default="spacing-3")
    table = bench.load(parser.parse_args().table)
    print(f"| searcher | {' | '.join(map(str, BUDGETS))} |\n|---{'|--:' * len(BUDGETS)}|")
    for name in NAMES:
        found = np.array([worth(table, name, repetition) for repetition in range(REPETITIONS)])
        errors = found.std(axis=0, ddof=1) / np.sqrt(REPETITIONS)
        cells = [f"{mean:.1f} ± {error:.1f}" for mean, error in zip(found.mean(axis=0), errors, strict=True)]
        print(f"| {name} | {' | '.join(cells)} |")
    print("; ".join(f"{name} {value:.1f}" for name, value in without_search(table).items()))


if __name__ == "__main__":
    main()
