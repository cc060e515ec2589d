"""How many schemes must a search score? Searches are replayed on scores that are known of every scheme.

    python experiments/search_budget.py runs/demo-0 runs/demo-1      # finished runs; writes results/search_budget.json

Scores are those of the runs' supernets on the validation images, and the scheme that is named is judged by the same
supernet on the test images. Besides, the tables of EAN-Bench are searched with scores that are the truth and noise: as
much as one training has, or as much as makes them order schemes as supernets do there (Kendall's tau of 0.25).
"""

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from replays import paired_accuracy

from keras_ean import Scheme, bench
from keras_ean.run import Run
from keras_ean.search import Evaluation, Reward, SupernetEvaluator
from keras_ean.search.algorithms import lookup
from keras_ean.search.outcome import Estimate

BUDGETS = (12, 18, 24, 36, 54, 108)
SEARCHERS = ("surrogate", "reinforce", "evolution", "screening", "random")
SAMPLES, MOST_STEPS = 3, 400
REWARD = Reward(sparsity_weight=0.005)
TAU = 0.25
CALIBRATION = (128, 512)


@dataclass(frozen=True)
class Landscape:
    """Accuracies of every scheme, 0 … 1, in the order of `Scheme.every`: the true ones, and what a search sees."""

    stages: tuple[int, ...]
    truth: np.ndarray
    scores: np.ndarray

    def evaluation(self, scheme: Scheme) -> Evaluation:
        score = float(self.scores[int("".join(map(str, scheme.bits)), 2)])
        parts = REWARD.parts(scheme, {"accuracy": score}, "accuracy", "max")
        return Evaluation(scheme, parts["reward"], parts, {"accuracy": score})

    def worth(self, scheme: Scheme) -> float:
        """The true reward, in points."""
        true = float(self.truth[int("".join(map(str, scheme.bits)), 2)])
        return 100 * REWARD.parts(scheme, {"accuracy": true}, "accuracy", "max")["reward"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*", help="folders of finished runs")
    parser.add_argument("--repetitions", type=int, default=10, help="searches of every kind")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "search_budget.json")
    arguments = parser.parse_args()
    found = {}
    for images in CALIBRATION if arguments.runs else ():
        kept = [known(folder, images) for folder in arguments.runs]
        found[f"supernets, {images} images calibrate"] = regrets(kept, arguments.repetitions)
    for name in bench.available():
        truth = paired_accuracy(table := bench.load(name)) / 100
        spread, noise = truth.mean(axis=1).std(), float(np.sqrt(truth.var(axis=1, ddof=1).mean()))
        for what, deviation in {"one training": noise, "a supernet": spread / math.tan(math.pi / 2 * TAU)}.items():
            noisy = [with_noise(table.stages, truth.mean(axis=1), deviation, seed) for seed in range(20)]
            found[f"{name}, the noise of {what}"] = regrets(noisy, max(1, arguments.repetitions // 10))
    arguments.out.write_text(json.dumps({"budgets": BUDGETS, "found": found}, indent=1) + "\n")
    print(markdown(found))


def with_noise(stages: tuple[int, ...], truth: np.ndarray, deviation: float, seed: int) -> Landscape:
    return Landscape(stages, truth, truth + np.random.default_rng(seed).normal(0, deviation, len(truth)))


def known(folder: Path, calibration: int) -> Landscape:
    """All schemes on a run's supernet, on validation and on test images; scored once, and kept in the folder."""
    file, run = folder / f"all-schemes-{calibration}.npz", Run(folder)
    if not file.is_file():
        images, supernet = run.data, run.pretrain()
        rows = np.random.default_rng(run.config.seed).permutation(len(images.train))[:calibration]
        calibrate = images.train.take(rows).arrays()[0]
        schemes, scores = list(Scheme.every(run.stages)), {}
        for name, split in {"validation": images.validation, "test": images.test}.items():
            evaluator = SupernetEvaluator(supernet, split.arrays(), calibration=calibrate)
            scores[name] = np.array([score["accuracy"] for score in evaluator.score(schemes)])
        np.savez(file, **scores)
        keras.backend.clear_session()
    with np.load(file) as kept:
        return Landscape(run.stages, kept["test"], kept["validation"])


def regrets(landscapes: list[Landscape], repetitions: int) -> dict:
    """Points by which the named scheme is worse than the one that is named when all schemes are scored."""
    rows: dict[str, list] = {name: [] for name in SEARCHERS}
    facts = []
    for landscape in landscapes:
        every = [landscape.evaluation(scheme) for scheme in Scheme.every(landscape.stages)]
        worth = [landscape.worth(evaluation.scheme) for evaluation in every]
        whole = landscape.worth(named(every))
        facts.append([whole, float(np.mean(worth)), worth[0], worth[-1], float(np.max(worth)), float(np.std(worth))])
        for name in SEARCHERS:
            searches = [search(landscape, name, seed) for seed in range(repetitions)]
            rows[name] += [[whole - landscape.worth(named(one[:budget])) for budget in BUDGETS] for one in searches]
    names = ("named of all", "mean scheme", "none", "everywhere", "highest", "spread of schemes")
    lacked = {
        name: [np.mean(values, axis=0).tolist(), np.std(values, axis=0).tolist()] for name, values in rows.items()
    }
    return {"facts": dict(zip(names, np.mean(facts, axis=0).tolist(), strict=True)), "lacked": lacked}


def named(evaluations: list[Evaluation]) -> Scheme:
    """The scheme of the highest expected reward."""
    estimate = Estimate(evaluations, reward=REWARD)
    return estimate.schemes[estimate.best()[0]]


def search(landscape: Landscape, name: str, seed: int) -> list[Evaluation]:
    """What a search has scored, in order."""
    searcher = lookup(name)(landscape.stages, samples=SAMPLES, seed=seed)
    scored: dict[Scheme, Evaluation] = {}
    for _ in range(MOST_STEPS):
        batch = searcher.propose() if len(scored) < BUDGETS[-1] and not searcher.converged else []
        if not batch:
            break
        for scheme in batch:
            if scheme not in scored:
                scored[scheme] = landscape.evaluation(scheme)
        searcher.observe([scored[scheme] for scheme in batch])
    return list(scored.values())


def markdown(found: dict) -> str:
    lines = []
    for what, result in found.items():
        facts = ", ".join(f"{name} {value:.2f}" for name, value in result["facts"].items())
        lines += ["", f"**{what}** ({facts})", "", f"| searcher | {' | '.join(map(str, BUDGETS))} |"]
        lines.append("|---" * (1 + len(BUDGETS)) + "|")
        for name, (means, deviations) in result["lacked"].items():
            cells = [f"{mean:.2f} ± {deviation:.2f}" for mean, deviation in zip(means, deviations, strict=True)]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
