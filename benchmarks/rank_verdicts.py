"""How often the verdicts of `keras-ean rank` are right, on simulated trainings: python benchmarks/rank_verdicts.py

Writes rank_verdicts.md beside itself. One core, a few minutes.
"""

import argparse
import os
import platform
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from searchers import commit

from keras_ean.measure import Agreement, agreement

BLOCKS, SPREAD, NOISE = 9, 2.1, 3.0
BUDGETS = ((12, 2), (12, 3), (24, 2), (40, 3))
SCORES = {
    "unrelated to the truth": "main effects; the score is noise",
    "the truth, correlation 0.95": "main effects; the score is the true accuracy with a third of its spread as noise",
    "density": "the truth is density; the score is density with noise",
    "reversed": "main effects; the score is the true accuracy with its sign turned",
    "unrelated, schemes all equal": "no differences; the score is noise",
}
VERDICTS = {
    "better": "schemes better than density alone:",
    "not told": "these trainings do not tell",
    "no better": "no better than density alone",
    "worse": "worse than density alone",
    "not seen": "not seen to order",
    "wrong way": "the wrong way round",
    "none": "No verdict",
}


def simulated(kind: str, schemes: int, seeds: int, random: np.random.Generator) -> Agreement:
    """A comparison with schemes of evenly spread density, true spread 2.1 points and noise 3 points a training."""
    density = np.linspace(0, BLOCKS, schemes).round().astype(int)
    bits = np.array([random.permutation([1] * on + [0] * (BLOCKS - on)) for on in density])
    true = density.astype(float) if kind == "density" else bits @ random.normal(size=BLOCKS)
    true = SPREAD * (true - true.mean()) / true.std()
    if kind == "unrelated, schemes all equal":
        true = np.zeros(schemes)
    scores = random.normal(size=schemes)
    if kind == "the truth, correlation 0.95":
        scores = true + SPREAD / 3 * scores
    elif kind == "density":
        scores = density + scores
    elif kind == "reversed":
        scores = -true
    accuracy = true[:, None] + NOISE * random.normal(size=(schemes, seeds))
    return agreement(bits, scores, accuracy, resamples=500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    lines = [
        "# Verdicts of `keras-ean rank` on simulated trainings",
        "",
        f"`python benchmarks/rank_verdicts.py --repetitions {arguments.repetitions}` at {commit()} · "
        f"{platform.machine()}, {os.cpu_count()} cores, one used · Python {platform.python_version()}, "
        f"NumPy {np.__version__}",
        "",
        f"{BLOCKS} blocks, schemes of evenly spread density, true spread {SPREAD} points, noise of a training {NOISE} "
        "points. Share of the repetitions with each verdict, %; *a lead*: of them, those called a lead only.",
    ]
    for kind, meaning in SCORES.items():
        lines += ["", f"## {kind}", "", f"{meaning.capitalize()}.", ""]
        lines += [f"| schemes × seeds | {' | '.join(VERDICTS)} | a lead |", f"|---|{'--:|' * (len(VERDICTS) + 1)}"]
        for schemes, seeds in BUDGETS:
            counts: Counter[str] = Counter()
            for repetition in range(arguments.repetitions):
                verdict = simulated(kind, schemes, seeds, np.random.default_rng(repetition)).verdict
                counts.update(name for name, words in VERDICTS.items() if words in verdict)
                counts["a lead"] += "A lead only" in verdict
            shares = [f"{100 * counts[name] / arguments.repetitions:.1f}" for name in (*VERDICTS, "a lead")]
            lines.append(f"| {schemes} × {seeds} | {' | '.join(shares)} |")
            print(kind, lines[-1], f"{time.process_time():.0f} s", flush=True)
    (arguments.out / "rank_verdicts.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
