"""What the tables of EAN-Bench say of evaluators, searchers and the paper's claims: experiments/results/ranking.md.

python experiments/ranking_report.py      # after experiments/ranking.py NAME for every table
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from keras_ean import bench
from keras_ean.analysis import plots
from keras_ean.analysis.agreement import ceiling, half_agreement, kendall, seed_agreement
from keras_ean.analysis.effects import effects
from keras_ean.bench import ReplayEvaluator, Table
from keras_ean.search.conclusion import conclude
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.evolution import Evolution
from keras_ean.search.factorial import Factorial
from keras_ean.search.reinforce import Reinforce
from keras_ean.search.stratified import Stratified
from keras_ean.search.surrogate import Surrogate

BUDGETS = (16, 32, 64, 128)
OWN = ", own initial weights"
SEARCHERS = {
    "random, best seen": Stratified,
    "random": Stratified,
    "evolution": Evolution,
    "reinforce": Reinforce,
    "surrogate": Surrogate,
    "screening": Factorial,
    f"random, best seen{OWN}": Stratified,
    f"surrogate{OWN}": Surrogate,
    f"screening{OWN}": Factorial,
}
DEFAULT = "surrogate"
SAMPLES = 4
MOST_STEPS = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100, help="of every replay")
    parser.add_argument("--folder", type=Path, default=Path("runs/ranking"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--facts", default="", help="machine and commit of the measurements, to be printed")
    arguments = parser.parse_args()
    results = {}
    for name in bench.available():
        results[name] = study(bench.load(name), arguments.folder / name, arguments.repetitions)
        plots.save(figure(name, results[name]), arguments.out / f"ranking-{name}.png")
    facts = {"repetitions": arguments.repetitions, "facts": arguments.facts}
    (arguments.out / "ranking.json").write_text(json.dumps({**facts, "tables": results}, indent=1) + "\n")
    (arguments.out / "ranking.md").write_text(markdown(results, facts))


def study(table: Table, folder: Path, repetitions: int) -> dict:
    """Everything about one table, ready for JSON; accuracies in points."""
    kept = {path.stem: dict(np.load(path)) for path in sorted(folder.glob("*.npz"))}
    own = kept.pop("unshared", None)
    accuracy = 100 * table.accuracy
    found, gains = replays(table, repetitions)
    return {
        "truth": truth(table, accuracy),
        "supernets": supernets(table, accuracy, kept, float(own["seconds"])) if own else [],
        "replays": found,
        "claims": claims(accuracy, table.bits.sum(axis=1), gains) | (sharing(table, accuracy, own) if own else {}),
        "facts": table.facts,
    }


def truth(table: Table, accuracy: np.ndarray) -> dict:
    means, shift = accuracy.mean(axis=1), accuracy.mean(axis=0) - accuracy.mean()
    # Initial weights are common to all schemes of a seed: what they add to all alike is no noise of a comparison.
    paired = accuracy - shift
    noise = paired.var(axis=1, ddof=1).mean()
    fitted = effects(table.bits, paired, table.stages)
    explained = np.corrcoef(means, additive(table))[0, 1] ** 2
    return {
        "none": spread(paired[0]),
        "full": spread(paired[-1]),
        "mean": float(means.mean()),
        "noise_of_one_training": float(np.sqrt(noise)),
        "noise_of_initial_weights": float(np.std(shift, ddof=1)),
        "true_spread": float(np.sqrt(max(0.0, means.var(ddof=1) - noise / accuracy.shape[1]))),
        "linear_share": float(explained),
        "tau_density": kendall(table.bits.sum(axis=1), means),
        "tau_two_seeds": seed_agreement(accuracy),
        "tau_halves": half_agreement(accuracy),
        "ceiling": ceiling(paired),
        "effects": [[block.effect, block.error] for block in fitted.blocks],
        "best_by_effects": str(fitted.scheme),
        "best": best(accuracy),
    }


def spread(values) -> list[float]:
    """Mean and standard deviation."""
    return [float(np.mean(values)), float(np.std(values, ddof=1))]


def additive(table: Table) -> np.ndarray:
    """Mean accuracy as main effects alone would have it, (schemes,)."""
    design = np.column_stack([np.ones(len(table.schemes)), table.bits])
    means = table.accuracy.mean(axis=1)
    return design @ np.linalg.lstsq(design, means, rcond=None)[0]


def best(accuracy: np.ndarray) -> float:
    """The best scheme's accuracy without luck: picked on half of the seeds, judged on the others."""
    draw, found = np.random.default_rng(0), []
    for _ in range(200):
        first, second = np.array_split(draw.permutation(accuracy.shape[1]), 2)
        found.append(accuracy[accuracy[:, first].mean(axis=1).argmax(), second].mean())
    return float(np.mean(found))


def supernets(table: Table, accuracy: np.ndarray, kept: dict, training: float) -> list[dict]:
    """Per kind of supernet and score: tau with the truth, and the true accuracy of the scheme it names."""
    rows: dict[tuple, list[dict]] = {}
    for stem, arrays in kept.items():
        sampling, times, distill, _ = stem.rsplit("-", 3)
        spent = json.loads(str(arrays["seconds"]))
        numbers = arrays["numbers"]
        for kind in ("raw", "calibrated", "tuned"):
            if kind not in arrays:
                continue
            scores = arrays[kind].astype("float64")
            named = table.row(effects(table.bits[numbers], scores, table.stages).scheme)
            rows.setdefault((sampling, int(times), float(distill), kind), []).append(
                {
                    "tau": kendall(scores, accuracy[numbers].mean(axis=1)),
                    "tau_effects": kendall(scores, additive(table)[numbers]),
                    "tau_density": kendall(scores, table.bits[numbers].sum(axis=1)),
                    "named": float(accuracy[named].mean()),
                    "highest": float(accuracy[numbers[scores.argmax()]].mean()),
                    "trainings": (spent["pretraining"] + spent[kind]) / training,
                }
            )
    summary = []
    for (sampling, times, distill, kind), runs in rows.items():
        figures = {name: spread([run[name] for run in runs]) for name in runs[0]}
        summary.append({"sampling": sampling, "times": times, "distill": distill, "score": kind, **figures})
    return summary


def replays(table: Table, repetitions: int) -> tuple[dict[str, list[list[float]]], list[float]]:
    """Per searcher and budget: mean and standard error of the true accuracy of the scheme named, in points.

    Besides: what the scheme named by the default searcher gains over the others of its density, per repetition.
    """
    density, found, gains = table.bits.sum(axis=1), {}, []
    for name in SEARCHERS:
        points = []
        for repetition in range(repetitions):
            searched, judged = halves(table.accuracy.shape[1], repetition)
            true = 100 * table.accuracy[:, judged].mean(axis=1)
            rows = replay(table, name, searched, repetition)
            points.append(true[rows])
            if name == DEFAULT:
                row = rows[BUDGETS.index(64)]
                same = np.flatnonzero((density == density[row]) & (np.arange(len(density)) != row))
                gains += [float(true[row] - true[same].mean())] if len(same) else []
        errors = np.std(points, axis=0, ddof=1) / np.sqrt(repetitions)
        found[name] = np.stack([np.mean(points, axis=0), errors], axis=1).tolist()
    return found, gains


def halves(seeds: int, repetition: int) -> tuple[list[int], list[int]]:
    """Seeds to search with, and seeds to judge by."""
    order = np.random.default_rng(repetition).permutation(seeds).tolist()
    return order[: seeds // 2], order[seeds // 2 :]


def replay(table: Table, name: str, searched: list[int], repetition: int) -> list[int]:
    """Rows of the schemes named after each budget of trainings, one training a scheme."""
    evaluator = ReplayEvaluator(table, searched, seed=repetition, common=not name.endswith(OWN))
    searcher = SEARCHERS[name](table.stages, samples=SAMPLES, seed=repetition)
    memo: dict[tuple, Evaluation] = {}
    for _ in range(MOST_STEPS):
        batch = searcher.propose() if len(memo) < BUDGETS[-1] and not searcher.converged else []
        if not batch:
            break
        for bits in batch:
            if bits not in memo:
                [score] = evaluator.score([table.schemes[table.row(bits)]])
                reward = score["accuracy"]
                memo[bits] = Evaluation(bits, reward, {"objective": reward}, score, stages=table.stages)
        searcher.observe([memo[bits] for bits in batch])
    evaluations = list(memo.values())
    return [table.row(named(name, evaluations[:budget])) for budget in BUDGETS]


def named(name: str, evaluations: list[Evaluation]):
    """The scheme that a search of that name ends with."""
    if name.startswith("random, best seen"):
        return max(evaluations, key=lambda evaluation: evaluation.reward).scheme
    if name.startswith("screening"):
        bits = np.array([evaluation.bits for evaluation in evaluations])
        rewards = np.array([evaluation.reward for evaluation in evaluations])
        return effects(bits, rewards, evaluations[0].stages).scheme
    conclusion = conclude(evaluations)
    return conclusion.scheme or conclusion.highest.scheme


def claims(accuracy: np.ndarray, density: np.ndarray, gains: list[float]) -> dict[str, list[float]]:
    """The paper's claims, each with a 95 % interval: bootstrap over seeds; of the found scheme, over repetitions."""
    sparse, seeds = np.flatnonzero(density < density.max()), accuracy.shape[1]

    def matching(drawn: np.ndarray) -> float:
        return 100 * float((accuracy[sparse][:, drawn].mean(axis=1) >= accuracy[-1, drawn].mean()).mean())

    return {
        "sparse_schemes_at_least_full": interval(matching, seeds),
        "full_less_none": interval(lambda drawn: float((accuracy[-1] - accuracy[0])[drawn].mean()), seeds),
        "mean_less_none": interval(lambda drawn: float((accuracy.mean(axis=0) - accuracy[0])[drawn].mean()), seeds),
        "found_less_random_of_equal_density": [float(np.mean(gains)), *map(float, np.percentile(gains, (2.5, 97.5)))],
    }


def sharing(table: Table, accuracy: np.ndarray, own: dict) -> dict[str, list[float]]:
    """What sharing the module gains, on the full scheme and on random ones."""
    rows = [table.row([int(bit) for bit in bits]) for bits in own["bits"]]
    gains, seeds = accuracy[rows] - 100 * own["accuracy"], accuracy.shape[1]
    return {
        "shared_less_unshared_full": interval(lambda drawn: float(gains[0, drawn].mean()), seeds),
        "shared_less_unshared_random": interval(lambda drawn: float(gains[1:][:, drawn].mean()), seeds),
    }


def interval(statistic: Callable[[np.ndarray], float], seeds: int, resamples: int = 1000) -> list[float]:
    """Value, and the 2.5th and 97.5th percentile over resampled seeds."""
    draw = np.random.default_rng(0)
    values = [statistic(draw.integers(0, seeds, seeds)) for _ in range(resamples)]
    return [statistic(np.arange(seeds)), *map(float, np.percentile(values, (2.5, 97.5)))]


CLAIMS = {
    "sparse_schemes_at_least_full": "sparse schemes whose mean is at least that of full attention, %",
    "full_less_none": "full attention less none, points",
    "mean_less_none": "mean of all schemes less none, points",
    "shared_less_unshared_full": "shared less unshared, full attention, points",
    "shared_less_unshared_random": "shared less unshared, mean over random schemes, points",
    "found_less_random_of_equal_density": "found by the default search with 64 trainings, less the mean of its density",
}


def markdown(results: dict, facts: dict) -> str:
    lines = [
        "# What orders schemes, and what a search should trust",
        "",
        "Made by `experiments/ranking.py` and `experiments/ranking_report.py` from the tables of `ean.bench`: every "
        "scheme of a small space trained from scratch with six seeds on scikit-learn's digits in random light. "
        f"{facts['facts']}",
        "",
        "Accuracies are points of top-1. *Tau* is Kendall's, over 64 schemes of a resolution-V design, against the "
        "mean accuracy of the trainings and against their main effects. *Named* is the true accuracy of the scheme "
        "that takes every block of positive effect in the scores; *highest*, that of the scheme of the highest score. "
        "Costs are CPU time in trainings of one network. ± is the standard deviation over five supernets.",
        "",
    ]
    for name, result in results.items():
        lines += [f"## {name}", "", f"![accuracy against cost](ranking-{name}.png)", "", *truth_lines(result), ""]
        lines += supernet_lines(result["supernets"])
        lines += [
            "",
            f"Searches with one noisy training per scheme ({facts['repetitions']} repetitions; three seeds are "
            "searched, the other three judge; ± standard error):",
            "",
            f"| searcher | {' | '.join(f'{budget} trainings' for budget in BUDGETS)} |",
            f"|---|{'--:|' * len(BUDGETS)}",
        ]
        for searcher, points in result["replays"].items():
            lines.append(f"| {searcher} | {' | '.join(f'{mean:.1f} ± {error:.1f}' for mean, error in points)} |")
        lines += ["", "| claim | value | 95 % interval |", "|---|--:|---|"]
        for key, (value, low, high) in result["claims"].items():
            lines.append(f"| {CLAIMS[key]} | {value:+.1f} | {low:+.1f} … {high:+.1f} |")
        lines.append("")
    return "\n".join(lines)


def supernet_lines(rows: list[dict]) -> list[str]:
    if not rows:
        return ["Supernets: not measured yet."]
    lines = [
        "| sampling | pre-training | distillation | score | tau | tau, main effects | tau with density | named | "
        "highest | cost |",
        "|---|--:|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in sorted(rows, key=lambda row: (row["sampling"], row["distill"], row["times"])):
        cells = [row["sampling"], f"{row['times']}×", f"{row['distill']:g}", row["score"]]
        cells += [f"{mean:+.2f} ± {deviation:.2f}" for mean, deviation in (row[key] for key in TAUS)]
        cells += [f"{mean:.1f} ± {deviation:.1f}" for mean, deviation in (row["named"], row["highest"])]
        lines.append(f"| {' | '.join(cells)} | {row['trainings'][0]:.1f} |")
    return lines


TAUS = ("tau", "tau_effects", "tau_density")


def truth_lines(result: dict) -> list[str]:
    true, facts = result["truth"], result["facts"]
    effect = " ".join(f"{value:+.1f}" for value, _ in true["effects"])
    return [
        f"{spelled(facts['attention'])} on {spelled(facts['backbone'])}, {facts['recipe']['epochs']} epochs. "
        f"No attention {true['none'][0]:.1f} ± {true['none'][1]:.1f}, full {true['full'][0]:.1f} ± "
        f"{true['full'][1]:.1f} (± over seeds, less what initial weights do to all schemes alike), mean of all "
        f"{true['mean']:.1f}, best without luck {true['best']:.1f}. "
        f"Noise of one training {true['noise_of_one_training']:.1f}, and {true['noise_of_initial_weights']:.1f} from "
        f"initial weights that all schemes of a seed share; true spread of schemes "
        f"{true['true_spread']:.1f}; main effects explain "
        f"{100 * true['linear_share']:.0f} % of the variance of the means: {effect} "
        f"(standard error {np.mean([error for _, error in true['effects']]):.1f}). Tau with density "
        f"{true['tau_density']:+.2f}; between two seeds {true['tau_two_seeds']:.2f}, between halves of the seeds "
        f"{true['tau_halves']:.2f}; a perfect score would reach about {true['ceiling']:.2f}."
    ]


def spelled(options: dict) -> str:
    """A name with its options."""
    rest = ", ".join(f"{key} {value}" for key, value in options.items() if key != "name")
    return f"{options['name']} ({rest})" if rest else options["name"]


def figure(name: str, result: dict) -> Figure:
    """True accuracy of the named scheme against compute."""
    chart = Figure(figsize=(8, 4.5), layout="constrained")
    axes = chart.add_subplot()
    for searcher, points in result["replays"].items():
        if searcher.endswith(OWN):
            continue
        means, errors = np.transpose(points)
        axes.errorbar(BUDGETS, means, errors, marker="o", markersize=4, linewidth=1.2, label=f"trainings: {searcher}")
    for score, marker in (("raw", "s"), ("calibrated", "D"), ("tuned", "^")):
        rows = [row for row in result["supernets"] if row["score"] == score]
        if not rows:
            continue
        cost, means = [row["trainings"][0] for row in rows], [row["named"][0] for row in rows]
        axes.scatter(cost, means, marker=marker, s=28, zorder=3, label=f"supernets: {score}")
    true = result["truth"]
    for label, value in {
        "best": true["best"],
        "none": true["none"][0],
        "full": true["full"][0],
        "mean": true["mean"],
    }.items():
        axes.axhline(value, color="0.6", linewidth=0.8, linestyle=":")
        axes.annotate(label, (1.0, value), xycoords=("axes fraction", "data"), fontsize=8, color="0.4")
    axes.set_xscale("log", base=2)
    axes.set_xlabel("CPU time in trainings of one network")
    axes.set_ylabel("true top-1 of the named scheme, %")
    axes.set_title(name)
    axes.legend(fontsize=7, ncols=2)
    return chart


if __name__ == "__main__":
    main()
