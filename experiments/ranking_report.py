"""What the tables of EAN-Bench say of evaluators, searchers and the paper's claims: experiments/results/ranking.md.

python experiments/ranking_report.py      # after experiments/ranking.py NAME for every table

The findings at its head are written by hand, in experiments/ranking_findings.md.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from matplotlib.figure import Figure
from ranking_choices import choice_lines
from ranking_study import CLAIMED, DEFAULT, DEFAULT_ON_SUPERNET, RANDOM, study
from replays import BUDGETS

from keras_ean import bench
from keras_ean.measure import save_figure

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100, help="of every replay")
    parser.add_argument("--folder", type=Path, default=Path("runs/ranking"))
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--facts", default="", help="machine and commit of the measurements, to be printed")
    parser.add_argument("--again", action="store_true", help="write text and figures of the kept ranking.json")
    arguments = parser.parse_args()
    kept = arguments.out / "ranking.json"
    if arguments.again:
        result = json.loads(kept.read_text())
    else:
        tables = {
            name: study(bench.load(name), arguments.folder / name, arguments.repetitions) for name in bench.available()
        }
        result = {"repetitions": arguments.repetitions, "facts": arguments.facts, "tables": tables}
        kept.write_text(json.dumps(result, indent=1) + "\n")
    for name, table in result["tables"].items():
        save_figure(accuracy_figure(name, table), arguments.out / f"ranking-{name}.png")
    save_figure(regret_figure(result["tables"]), arguments.out / "ranking-regret.png")
    (arguments.out / "ranking.md").write_text(markdown(result, (HERE / "ranking_findings.md").read_text()))


def markdown(result: dict, findings: str) -> str:
    lines = [
        "# What orders schemes, and what a search should trust",
        "",
        "Made by `experiments/ranking.py` and `experiments/ranking_report.py` from the tables of `ean.bench`: every "
        "scheme of a small space trained from scratch with six seeds on scikit-learn's digits in random light. "
        f"{result['facts']}",
        "",
        findings.strip(),
        "",
        "![what the named scheme lacks to the best, against cost](ranking-regret.png)",
        "",
        "## How to read the tables",
        "",
        "Accuracies are points of top-1, less what a seed's initial weights do to all schemes alike. *Tau* is "
        "Kendall's, over 64 schemes of a resolution-V design, against the mean accuracy of the trainings, against "
        "their main effects, and against the number of connections. *Named* is the true accuracy of the scheme that "
        "takes every block of positive effect in the scores; *highest*, that of the scheme of the highest score. Costs "
        "are CPU time in trainings of one network; scoring is of 64 schemes. ± is the standard deviation over five "
        "supernets. *Regret* is what the named scheme lacks to the best that can be told without luck: schemes picked "
        "on three seeds and judged on the others, no attention, and full attention.",
        "",
    ]
    for name, table in result["tables"].items():
        lines += [f"## {name}", "", f"![accuracy against cost](ranking-{name}.png)", "", *truth_lines(table), ""]
        lines += [*supernet_lines(table["supernets"]), *usual_lines(table["usual"])]
        lines += [*training_lines(table, result["repetitions"]), *claim_lines(table["claims"]), ""]
    if choices := choice_lines(result["tables"]):
        lines += [
            "## Choices for the supernet",
            "",
            "Differences between supernets of the same seeds, with 95 % intervals by Student's t over the seeds, of "
            "which none allows for the number of rows:",
            "",
            *choices,
            "",
        ]
    return "\n".join(lines)


def truth_lines(table: dict) -> list[str]:
    true, facts = table["truth"], table["facts"]
    effect = " ".join(f"{value:+.1f}" for value, _ in true["effects"])
    best = ", ".join(f"{rule} {value:.1f}" for rule, value in true["best"].items() if rule not in ("none", "full"))
    return [
        f"{spelled(facts['attention'])} on {spelled(facts['backbone'])}, {facts['recipe']['epochs']} epochs. "
        f"No attention {true['none'][0]:.1f} ± {true['none'][1]:.1f}, full {true['full'][0]:.1f} ± "
        f"{true['full'][1]:.1f} (± over seeds), mean of all {true['mean']:.1f}; best without luck, by rule of picking: "
        f"{best}. Noise of one training {true['noise_of_one_training']:.1f}, and "
        f"{true['noise_of_initial_weights']:.1f} from initial weights that all schemes of a seed share; true spread of "
        f"schemes {true['true_spread']:.1f}; main effects explain {100 * true['linear_share']:.0f} % of the variance "
        f"of the means: {effect} (standard error {np.mean([error for _, error in true['effects']]):.1f}). Tau with "
        f"density {true['tau_density']:+.2f}; between two seeds {true['tau_two_seeds']:.2f}, between halves of the "
        f"seeds {true['tau_halves']:.2f}; a perfect score would reach about {true['ceiling']:.2f}."
    ]


def spelled(options: dict) -> str:
    """A name with its options."""
    rest = ", ".join(f"{key} {value}" for key, value in options.items() if key != "name")
    return f"{options['name']} ({rest})" if rest else options["name"]


TAUS = ("tau", "tau_effects", "tau_density")


def supernet_lines(rows: list[dict]) -> list[str]:
    if not rows:
        return ["Supernets: not measured yet.", ""]
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
    return [*lines, ""]


def usual_lines(usual: dict) -> list[str]:
    if not usual:
        return []
    lines = [
        "Regret of searches on the scores of the supernets that were pre-trained with bernoulli sampling for 4×, "
        "without distillation (± standard deviation over supernets; cost with pre-training):",
        "",
        f"| score | searcher | {' | '.join(f'{budget} schemes' for budget in BUDGETS)} |",
        f"|---|---|{'--:|' * len(BUDGETS)}",
    ]
    for kind, result in usual.items():
        for name, points in result["searchers"].items():
            cells = [f"{point['regret']:.1f} ± {point['deviation']:.1f}" for point in points]
            lines.append(f"| {kind} | {name} | {' | '.join(cells)} |")
        lines.append(f"| {kind} | cost | {' | '.join(f'{cost:.1f}' for cost in result['trainings'])} |")
    return [*lines, ""]


def training_lines(table: dict, repetitions: int) -> list[str]:
    lines = [
        f"Regret of searches with one noisy training per scheme ({repetitions} repetitions; three seeds are searched, "
        "the other three judge; ± standard deviation over searches). *Scored again*: five contenders twice more, "
        "within the budget, from 32 trainings on.",
        "",
        f"| searcher | {' | '.join(f'{budget} trainings' for budget in BUDGETS)} |",
        f"|---|{'--:|' * len(BUDGETS)}",
    ]
    for name, points in table["trainings"].items():
        cells = [f"{point['regret']:.1f} ± {point['deviation']:.1f}" for point in points]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    few = ", ".join(f"{point['regret']:.1f} of {budget}" for budget, point in table["few"])
    lines += [
        "",
        f"The best seen of fewer random trainings, for what a supernet costs: {few}.",
        "",
        f"Regret less that of “{DEFAULT}” in the same repetition, above 0 where the default is better, with 95 % "
        "intervals over the repetitions:",
        "",
        f"| searcher | {' | '.join(f'{budget} trainings' for budget in BUDGETS)} |",
        f"|---|{'--:|' * len(BUDGETS)}",
    ]
    for name, points in table["less_default"].items():
        cells = [f"{value:+.1f} ({low:+.1f} … {high:+.1f})" for value, low, high in points]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    true, shuffled = (", ".join(f"{100 * share:.0f}" for share in shares) for shares in table["signals"])
    return [
        *lines,
        "",
        f"The surrogate's searches found a signal in {true} % of the repetitions; with scores shuffled over the "
        f"schemes, in {shuffled} %.",
        "",
    ]


FOUND = f"found by “{DEFAULT}” with {CLAIMED} trainings"
CLAIMS = {
    "sparse_at_least_full": "sparse schemes whose mean is at least that of full attention, %",
    "sparse_at_least_none": "schemes with attention somewhere, but not everywhere, at least as good as none, %",
    "full_less_none": "full attention less none",
    "mean_less_none": "mean of all schemes less none",
    "shared_less_unshared_full": "shared less unshared, full attention",
    "shared_less_unshared_random": "shared less unshared, mean over random schemes",
    "found_less_random": f"{FOUND}, less the mean of its density",
    "found_less_full": f"{FOUND}, less full attention",
    "found_less_none": f"{FOUND}, less none",
    "raw_found_less_random": f"found on raw scores of {CLAIMED} schemes, less the mean of its density",
    "calibrated_found_less_random": f"found on calibrated scores of {CLAIMED} schemes, less the mean of its density",
}


def claim_lines(claims: dict) -> list[str]:
    lines = ["| claim, in points unless % | value | 95 % interval |", "|---|--:|---|"]
    for key, text in CLAIMS.items():
        if key in claims:
            value, low, high = claims[key]
            lines.append(f"| {text} | {value:+.1f} | {low:+.1f} … {high:+.1f} |")
    return lines


def accuracy_figure(name: str, table: dict) -> Figure:
    """True accuracy of the named scheme against compute, for every searcher and supernet."""
    chart, true = Figure(figsize=(8, 5), layout="constrained"), table["truth"]
    axes, top = chart.add_subplot(), max(true["best"].values())
    for searcher, points in table["trainings"].items():
        if "own initial weights" in searcher:
            continue
        means, errors = ([point[key] for point in points] for key in ("regret", "error"))
        strong = searcher in (RANDOM, DEFAULT)
        axes.errorbar(
            BUDGETS,
            top - np.array(means),
            errors,
            marker="o",
            markersize=4,
            linewidth=2.2 if strong else 1.0,
            label=f"trainings: {searcher}",
        )
    for score, marker in (("raw", "s"), ("calibrated", "D"), ("tuned", "^")):
        rows = [row for row in table["supernets"] if row["score"] == score]
        if rows:
            cost, means = [row["trainings"][0] for row in rows], [row["named"][0] for row in rows]
            axes.scatter(cost, means, marker=marker, s=28, zorder=3, label=f"supernets: {score}")
    lines = {"none": true["none"][0], "full": true["full"][0], "mean": true["mean"]}
    if top > max(lines.values()) + 0.1:
        lines["best"] = top
    for label, value in lines.items():
        axes.axhline(value, color="0.6", linewidth=0.8, linestyle=":")
        axes.annotate(label, (1.0, value), xycoords=("axes fraction", "data"), fontsize=8, color="0.4")
    label_cost(axes)
    axes.set_ylabel("true top-1 of the named scheme, %")
    axes.set_title(name)
    axes.legend(fontsize=7, ncols=2)
    return chart


def regret_figure(tables: dict) -> Figure:
    """What is lacked to the best scheme against compute: the default, random search, and the best rival."""
    chart = Figure(figsize=(5.2 * len(tables), 4.4), layout="constrained")
    panels = np.atleast_1d(chart.subplots(1, len(tables), sharey=True))
    for axes, (name, table) in zip(panels, tables.items(), strict=True):
        rival = best_rival(table)
        for searcher, colour in ((RANDOM, "0.5"), (rival, "tab:blue"), (DEFAULT, "tab:red")):
            few = table["few"] if searcher == RANDOM else []
            points = [*(point for _, point in few), *table["trainings"][searcher]]
            means, errors = (np.array([point[key] for point in points]) for key in ("regret", "error"))
            axes.errorbar(
                [*(budget for budget, _ in few), *BUDGETS],
                means,
                1.96 * errors,
                marker="o",
                capsize=3,
                color=colour,
                label=f"trainings: {searcher}",
            )
        for kind, result in table["usual"].items():
            style = {"linestyle": "--", "marker": "s", "markersize": 4, "capsize": 3, "fillstyle": "none"}
            for searcher, colour in ((RANDOM, "0.5"), (DEFAULT_ON_SUPERNET, "tab:red")):
                if kind == "calibrated":
                    points = result["searchers"][searcher]
                    means, deviations = (np.array([point[key] for point in points]) for key in ("regret", "deviation"))
                    label = f"calibrated supernet: {searcher}"
                    axes.errorbar(result["trainings"], means, deviations, color=colour, label=label, **style)
        true = table["truth"]
        for label, value in (("none", true["none"][0]), ("full", true["full"][0]), ("random scheme", true["mean"])):
            lacks = max(true["best"].values()) - value
            axes.axhline(lacks, color="0.6", linewidth=0.8, linestyle=":")
            axes.annotate(label, (1.0, lacks), xycoords=("axes fraction", "data"), fontsize=8, color="0.4")
        label_cost(axes)
        axes.set_title(name)
        axes.legend(fontsize=7)
    panels[0].set_ylabel("points lacked to the best scheme")
    return chart


def best_rival(table: dict) -> str:
    """The searcher of least regret at the claimed budget, but random ones and the default."""
    rivals = [name for name in table["less_default"] if not name.startswith(("random", "surrogate"))]
    return min(rivals, key=lambda name: table["trainings"][name][BUDGETS.index(CLAIMED)]["regret"])


def label_cost(axes) -> None:
    axes.set_xscale("log", base=2)
    ticks = [4, 8, *BUDGETS]
    axes.set_xticks(ticks, map(str, ticks))
    axes.set_xlabel("CPU time in trainings of one network")
    axes.grid(alpha=0.3)


if __name__ == "__main__":
    main()
