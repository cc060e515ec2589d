"""Regret of every search algorithm on synthetic landscapes: python benchmarks/searchers.py

Writes searchers.json, searchers.md and searchers.png beside itself. One core, about twenty minutes.

    python benchmarks/searchers.py --add --searchers NAME      # keeps the rows of the others
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from keras_ean import Scheme
from keras_ean.search import Evaluation, GaussianProcess
from keras_ean.search.algorithms import lookup
from keras_ean.search.outcome import find_signal

BUDGETS = (50, 150, 450)
MOST_STEPS = 3000
PAPER = {
    "baseline": "moving",
    "curiosity_weight": 1.0,
    "entropy_weight": 0.0,
    "normalise": False,
    "restarts": 0,
}

SEARCHERS: dict[str, tuple[str, dict]] = {
    "random": ("random", {}),
    "spaced": ("spaced", {}),
    "greedy forward": ("greedy", {}),
    "greedy backward": ("greedy", {"direction": "backward"}),
    "evolution": ("evolution", {}),
    "nsga2": ("nsga2", {}),
    "reinforce (paper)": ("reinforce", PAPER),
    "reinforce": ("reinforce", {}),
    "screening": ("screening", {}),
    "surrogate": ("surrogate", {}),
}


class Landscape:
    """Values of schemes with mean 0 and standard deviation 1 over random schemes, before noise.

    Attributes:
        value: (n, blocks) of 0 and 1 → (n,).
        optimum: the highest value, exact up to 16 blocks and for linear and deceptive; else the best of many climbs.
        noise: standard deviation of what is added to a scheme's value, once and for all.
    """

    def __init__(self, value: Callable[[np.ndarray], np.ndarray], optimum: float | None, blocks: int, noise: float):
        random = np.random.default_rng(0)
        sample = value(random.integers(0, 2, (4000, blocks)))
        mean, spread = sample.mean(), sample.std() or 1.0
        self.value = lambda schemes: (value(schemes) - mean) / spread
        self.noise = noise
        if optimum is not None:
            self.optimum = float((optimum - mean) / spread)
        elif blocks <= 16:
            self.optimum = float(self.value(np.arange(2**blocks)[:, None] >> np.arange(blocks) & 1).max())
        else:
            self.optimum = max(self.climbed(random.integers(0, 2, blocks)) for _ in range(200))

    def climbed(self, bits: np.ndarray) -> float:
        flips = np.concatenate([np.zeros((1, len(bits)), int), np.eye(len(bits), dtype=int)])
        while True:
            values = self.value(bits ^ flips)
            if values.argmax() == 0:
                return float(values[0])
            bits = bits ^ flips[values.argmax()]


def linear(blocks: int, random: np.random.Generator, noise: float = 0.0) -> Landscape:
    """Effects of ±0.1 to ±1, evenly spread."""
    effects = random.permutation(np.linspace(0.1, 1, blocks)) * random.choice([-1, 1], blocks)
    return Landscape(lambda schemes: schemes @ effects, effects.clip(0).sum(), blocks, noise)


def pairwise(blocks: int, random: np.random.Generator) -> Landscape:
    """The linear one, and a normal interaction of every pair that adds up to about three times its variance."""
    effects = random.permutation(np.linspace(0.1, 1, blocks)) * random.choice([-1, 1], blocks)
    pairs = np.triu(random.normal(size=(blocks, blocks)), 1) / np.sqrt(blocks)

    def value(schemes: np.ndarray) -> np.ndarray:
        signs = 2 * schemes - 1
        return schemes @ effects + ((signs @ pairs) * signs).sum(axis=1)

    return Landscape(value, None, blocks, 0.0)


def deceptive(blocks: int, random: np.random.Generator) -> Landscape:
    """Traps of four or five blocks: every right block lowers the value, unless all of the trap are right."""
    right, traps = random.integers(0, 2, blocks), np.array_split(random.permutation(blocks), blocks // 4)

    def value(schemes: np.ndarray) -> np.ndarray:
        total = np.zeros(len(schemes))
        for trap in traps:
            hits, size = (schemes == right)[:, trap].sum(axis=1), len(trap)
            total += np.where(hits == size, 1.0, 0.75 * (size - 1 - hits) / (size - 1))
        return total

    return Landscape(value, float(len(traps)), blocks, 0.0)


def noisy(blocks: int, random: np.random.Generator) -> Landscape:
    """The linear one under noise of its own standard deviation."""
    return linear(blocks, random, noise=1.0)


def no_signal(blocks: int, random: np.random.Generator) -> Landscape:
    """Noise alone."""
    return Landscape(lambda schemes: np.zeros(len(schemes)), 0.0, blocks, 1.0)


LANDSCAPES = {"linear": linear, "pairwise": pairwise, "deceptive": deceptive, "noisy": noisy, "no signal": no_signal}


@cache
def landscape(kind: str, blocks: int, seed: int) -> Landscape:
    return LANDSCAPES[kind](blocks, np.random.default_rng([seed, blocks]))


def run(name: str, kind: str, blocks: int, seed: int) -> dict:
    """One search: regret of the scheme it would name, and of the highest reward, after each budget."""
    world, (algorithm, options) = landscape(kind, blocks, seed), SEARCHERS[name]
    searcher, noise = lookup(algorithm)((blocks,), seed=seed, **options), np.random.default_rng([seed, 1])
    memo: dict[Scheme, Evaluation] = {}
    values: list[float] = []
    steps, started = 0, time.process_time()
    while len(memo) < BUDGETS[-1] and steps < MOST_STEPS and not searcher.converged and (batch := searcher.propose()):
        for scheme in batch:
            if scheme not in memo:
                values.append(float(world.value(np.array([scheme.bits]))[0]))
                parts = {"objective": values[-1] + world.noise * noise.normal(), "sparsity": 1 - scheme.density}
                memo[scheme] = Evaluation(scheme, parts["objective"], parts)
        searcher.observe([memo[scheme] for scheme in batch])
        steps += 1
    seconds = time.process_time() - started
    evaluations, true = list(memo.values())[: BUDGETS[-1]], np.array(values)
    named, highest = [], []
    for budget in BUDGETS:
        rewards = np.array([evaluation.reward for evaluation in evaluations[:budget]])
        bits = np.array([evaluation.scheme.bits for evaluation in evaluations[:budget]])
        highest.append(world.optimum - true[rewards.argmax()])
        named.append(world.optimum - true[GaussianProcess(bits, rewards).expect(bits).round(9).argmax()])
    optimum = np.flatnonzero(true > world.optimum - 1e-9)
    return {
        "regret": named,
        "regret_of_highest": highest,
        "evaluations": len(evaluations),
        "evaluations_to_optimum": int(optimum[0]) + 1 if len(optimum) and kind != "no signal" else None,
        "signal": find_signal(evaluations).found if world.noise else None,
        "ms_per_evaluation": 1000 * seconds / len(evaluations),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--blocks", type=int, nargs="+", default=[16, 54])
    parser.add_argument("--searchers", nargs="+", default=list(SEARCHERS))
    parser.add_argument("--landscapes", nargs="+", default=list(LANDSCAPES))
    parser.add_argument("--add", action="store_true", help="keep the rows of the other searchers, and their facts")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    rows: list[dict] = []
    for kind in arguments.landscapes:
        for blocks in arguments.blocks:
            for name in arguments.searchers:
                runs = [run(name, kind, blocks, seed) for seed in range(arguments.seeds)]
                rows.append({"landscape": kind, "blocks": blocks, "searcher": name, **summary(runs)})
                print(f"{kind:10} {blocks:3} {name:18} {rows[-1]['regret']} {rows[-1]['ms_per_evaluation']:.1f} ms")
                sys.stdout.flush()
    facts = {
        "command": " ".join(["python", "benchmarks/searchers.py", *sys.argv[1:]]),
        "commit": commit(),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores, one used",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seeds": arguments.seeds,
        "budgets": BUDGETS,
        "cpu_seconds": round(time.process_time()),
    }
    result = {"facts": facts, "rows": rows}
    if arguments.add:
        result = added(json.loads((arguments.out / "searchers.json").read_text()), result)
    (arguments.out / "searchers.json").write_text(json.dumps(result, indent=1) + "\n")
    (arguments.out / "searchers.md").write_text(markdown(result))
    figure(result, arguments.out / "searchers.png")


def added(kept: dict, fresh: dict) -> dict:
    """A result with the rows of another one, in the usual order."""
    others = [row for row in kept["rows"] if row["searcher"] not in {row["searcher"] for row in fresh["rows"]}]
    places = list(LANDSCAPES), list(SEARCHERS)
    rows = sorted(
        [*others, *fresh["rows"]],
        key=lambda row: (places[0].index(row["landscape"]), row["blocks"], places[1].index(row["searcher"])),
    )
    return {"facts": {**kept["facts"], "added": [*kept["facts"].get("added", []), fresh["facts"]]}, "rows": rows}


def commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def summary(runs: list[dict]) -> dict:
    """Means and standard deviations over the seeds."""
    regret = np.array([one["regret"] for one in runs])
    to_optimum = [one["evaluations_to_optimum"] for one in runs]
    return {
        "regret": (regret.mean(axis=0).round(3) + 0.0).tolist(),
        "spread": regret.std(axis=0, ddof=min(1, len(runs) - 1)).round(3).tolist(),
        "regret_of_highest": (np.mean([one["regret_of_highest"] for one in runs], axis=0).round(3) + 0.0).tolist(),
        "evaluations": float(np.mean([one["evaluations"] for one in runs])),
        "optimum_within": [sum(n is not None and n <= limit for n in to_optimum) for limit in (*BUDGETS[:2], 300, 450)],
        "signal": [one["signal"] for one in runs].count(True),
        "ms_per_evaluation": round(float(np.mean([one["ms_per_evaluation"] for one in runs])), 2),
    }


def markdown(result: dict) -> str:
    facts, budgets = result["facts"], result["facts"]["budgets"]
    runs = [
        f"`{run['command']}` · commit {run['commit']} · {run['hardware']} · Python {run['python']}, "
        f"NumPy {run['numpy']} · {run['cpu_seconds']} s of CPU"
        for run in (facts, *facts.get("added", ()))
    ]
    lines = [
        "# Search algorithms on synthetic landscapes",
        "",
        "; ".join(runs),
        "",
        f"Regret after {', '.join(map(str, budgets))} distinct evaluations, in standard deviations of random schemes: "
        "what the scheme named by the regression of `tuner.conclusion()` lacks to the optimum; mean ± standard "
        f"deviation over {facts['seeds']} seeds. *highest*: the same for the highest reward at the last budget. "
        "*optimum*: seeds that scored the optimum within 300 evaluations. *signal*: seeds in which a signal was found. "
        "*evaluations*: used until the searcher stopped by itself. *ms*: the searcher's own time per evaluation.",
    ]
    for kind in dict.fromkeys(row["landscape"] for row in result["rows"]):
        for blocks in dict.fromkeys(row["blocks"] for row in result["rows"]):
            lines += ["", f"## {kind}, {blocks} blocks", "", LANDSCAPES[kind].__doc__ or "", ""]
            heads = [*map(str, budgets), "highest", "optimum", "signal", "evaluations", "ms"]
            lines += [f"| searcher | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
            for row in result["rows"]:
                if (row["landscape"], row["blocks"]) == (kind, blocks):
                    regrets = [f"{m:.2f} ± {s:.2f}" for m, s in zip(row["regret"], row["spread"], strict=True)]
                    noise = kind in ("noisy", "no signal")
                    cells = [
                        *regrets,
                        f"{row['regret_of_highest'][-1]:.2f}",
                        "" if kind == "no signal" else row["optimum_within"][2],
                        row["signal"] if noise else "",
                        f"{row['evaluations']:.0f}",
                        f"{row['ms_per_evaluation']:.1f}",
                    ]
                    lines.append(f"| {row['searcher']} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def figure(result: dict, path: Path) -> None:
    import matplotlib.pyplot as plt

    kinds = [kind for kind in dict.fromkeys(row["landscape"] for row in result["rows"]) if kind != "no signal"]
    sizes = list(dict.fromkeys(row["blocks"] for row in result["rows"]))
    figure, axes = plt.subplots(
        len(sizes), len(kinds), figsize=(3.2 * len(kinds), 3.0 * len(sizes)), squeeze=False, layout="constrained"
    )
    names = list(dict.fromkeys(row["searcher"] for row in result["rows"]))
    colours = dict(zip(names, plt.get_cmap("tab10").colors, strict=False))
    seeds = result["facts"]["seeds"]
    for row in result["rows"]:
        if row["landscape"] in kinds:
            axis = axes[sizes.index(row["blocks"])][kinds.index(row["landscape"])]
            strong = row["searcher"] in ("reinforce", "screening", "surrogate", "random")
            axis.errorbar(
                result["facts"]["budgets"],
                row["regret"],
                np.array(row["spread"]) / np.sqrt(seeds),
                label=row["searcher"],
                color=colours[row["searcher"]],
                linewidth=2.2 if strong else 1.1,
                capsize=2,
            )
    for i, blocks in enumerate(sizes):
        for j, kind in enumerate(kinds):
            axis = axes[i][j]
            axis.set(xscale="log", title=f"{kind}, {blocks} blocks", ylim=(-0.1, None))
            axis.set_xticks(result["facts"]["budgets"], map(str, result["facts"]["budgets"]))
            axis.minorticks_off()
            axis.grid(alpha=0.3)
            if j == 0:
                axis.set_ylabel("regret (σ of random schemes)")
            if i == len(sizes) - 1:
                axis.set_xlabel("distinct evaluations")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
