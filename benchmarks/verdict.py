"""Can the verdict of a run be trusted? Whole small runs on tasks whose answer is known: python benchmarks/verdict.py

    python benchmarks/verdict.py --minutes 20          # goes on where it stopped
    python benchmarks/verdict.py --only cue identity   # some of the controls

What is finished is a line of verdict.jsonl beside this file, and verdict.md is made of the lines. The runs are kept in
runs/verdict: without its lines, a run is judged again and not made again. One core.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

import keras_ean as ean
from keras_ean.measure import PairedScores
from keras_ean.run import Config, Run, parse_config, versions
from keras_ean.run.verdict import Verdict, decide

HERE = Path(__file__).parent


@ean.attention.register("identity")
@keras.saving.register_keras_serializable("benchmarks")
class Identity(ean.attention.Attention):
    """No attention at all, as a module: whatever a network gains from it is chance.

    It has a weight that nothing uses, so that networks with and without it draw other initial weights from one seed.
    """

    def build(self, x_shape):
        super().build(x_shape)
        self.unused = self.add_weight(shape=(1,), initializer="glorot_uniform", trainable=False, name="unused")

    def attend(self, x, state):
        return x, state


@dataclass(frozen=True)
class Control:
    """A task whose answer is known.

    Args:
        title: in the table.
        data: of the configuration; its seed is the run's, too.
        runs: how many are wanted, with seeds 0, 1, …
        right: blocks of which the found scheme must have one.
        changes: of the configuration otherwise.
        epochs: of the supernet.
        shares: of the test images of a cue that need it. The run's networks are judged on such images too, to see how
            small an effect the verdict shows.
    """

    title: str
    data: dict
    runs: int
    right: tuple[int, ...] = ()
    changes: dict = field(default_factory=dict)
    epochs: int = 16
    shares: tuple[float, ...] = ()

    def config(self, seed: int, epochs: int) -> Config:
        """Of a run: a ResNet-8, whose eight schemes are all scored."""
        values = {
            "data": {**self.data, "seed": seed},
            "backbone": {"name": "resnet8", "width": 8},
            "attention": {"name": "se", "reduction": 2},
            "seed": seed,
            "pretrain": {"recipe": "digits-one-cycle", "epochs": epochs, "batch_size": 32},
            "search": {"options": {"max_steps": 4, "samples_per_step": 2, "sparsity_weight": 0.005}},
            "seeds": 3,
        }
        return parse_config({**values, **self.changes}, self.title)


RUNS = Path("runs/verdict")
INTRODUCTION = """\
Whole runs as of `keras-ean run`, but for the export: a ResNet-8 of width 8, SE with reduction 2 unless another module
is named, all eight schemes scored, three fine-tunings of every network. Each run has a seed of its own, for data,
splits, supernet and trainings. *Pays*, *does not* and *undecided* count their verdicts; *right block* counts those
whose found scheme has a block that is known to be right ([cue and spacing](../docs/cue.md)). Accuracies, and the
gain of found over none, are means ± standard deviations over the runs. On cue and spacing, attention can be worth half
of the share of images that need it; on digits without light nothing is known to gain, and the identity cannot."""

SIMULATED = """\
## What would decide it?

An undecided verdict names a number of seeds and of test images. Simulated (86 % accuracy, 1,436 test images, 3 seeds,
gains of 0 to 2 points), so many seeds decided 72 of 92 undecided cases, and a quarter of them 40; so many test images
decided 59 of 83, and a quarter of them 35."""


SHARES = (0.32, 0.16, 0.08, 0.04, 0.02, 0.0)
CUE = {"name": "cue", "digits": [0, 1], "train": 1500, "validation": 500, "height": 8, "play": 1}
DIGITS = {"name": "digits"}
SPACING = {"name": "spacing"}
CONTROLS = {
    "spacing": Control(
        "spacing, needed by 75 % of the images", SPACING, 10, right=(2,), epochs=20, shares=(0.16, 0.04, 0.0)
    ),
    "cue": Control("cue, needed by 75 % of the images", CUE, 20, right=(0, 1), epochs=20, shares=SHARES),
    "digits": Control("digits without light, SE", DIGITS, 20),
    "identity": Control("digits without light, identity", DIGITS, 10, changes={"attention": "identity"}),
    "scratch": Control(
        "the same, from scratch", DIGITS, 10, changes={"attention": "identity", "start": "scratch"}, epochs=8
    ),
}
LENGTHS = {"cue": (10, 20, 40), "digits": (8, 16, 32)}
"""Epochs of trainings from scratch, which show whether the supernets' are enough."""


def one_run(name: str, seed: int, epochs: int) -> dict:
    """A run, whole but for export and report, and what came of it."""
    run = Run(RUNS / f"{name}-{seed}", CONTROLS[name].config(seed, epochs), Console(quiet=True))
    verdict = run.verdict()
    facts = {"found": str(run.search()), "recommended": verdict.recommended, **outcome(verdict)}
    facts["shares"] = {str(share): outcome(judged_on(run, share)) for share in CONTROLS[name].shares}
    keras.backend.clear_session()
    return facts


def outcome(verdict: Verdict) -> dict:
    """What is kept of a verdict."""
    facts = verdict.facts()
    differences = {
        name: {bound: round(facts[name][bound], 4) for bound in ("value", "low", "high")}
        for name in ("gain", "everywhere", "over_random")
    }
    accuracy = {network: round(value, 4) for network, value in verdict.accuracy.items()}
    return {"pays": verdict.pays, "accuracy": accuracy, **differences}


def judged_on(run: Run, share: float) -> Verdict:
    """The verdict on a run's networks if this share of the test images needed the cue."""
    config = run.config
    options = {**config.data.options, "train": 1, "validation": 1, "share": share}
    images, labels = ean.data.load(config.data.name, **options).test.arrays()

    def answers(name: str, seed: int) -> np.ndarray:
        return run.train(name, seed).predict(images, verbose=0).argmax(axis=-1) == labels

    scores = {name: np.stack([answers(name, seed) for seed in range(config.repeats)]) for name in config.compared}
    return decide(PairedScores(scores), run.verdict().costs, config.tolerance / 100)


def one_length(name: str, seed: int, epochs: int) -> dict:
    """Test accuracies of networks trained from scratch for so long, without attention and with it everywhere."""
    config = CONTROLS[name].config(seed, epochs)
    data = ean.data.load(config.data.name, **config.data.options)
    recipe = replace(ean.recipes.get(config.pretrain.recipe), epochs=epochs, batch_size=config.pretrain.batch_size)
    accuracy = {}
    for scheme in ("0 0 0", "1 1 1"):
        keras.utils.set_random_seed(seed)
        backbone = ean.backbones.get(config.backbone.name, **config.backbone.options)
        module = ean.attention.get(config.attention.name, **config.attention.options)
        network = ean.build_network(backbone, module, scheme, data.shape, data.classes)
        batches = recipe.batches(data.train, seed=seed)
        recipe.compile(network, len(batches))
        network.fit(batches, epochs=epochs, shuffle=False, verbose=0)
        accuracy[scheme] = round(network.evaluate(*data.test.arrays(), verbose=0, return_dict=True)["accuracy"], 4)
    keras.backend.clear_session()
    return {"accuracy": accuracy}


KINDS = {"run": one_run, "length": one_length}


def works(names: Sequence[str]) -> list[tuple[str, str, int, int]]:
    """What is to be done, in this order: kind, control, seed, epochs."""
    runs = [("run", name, seed, CONTROLS[name].epochs) for name in names for seed in range(CONTROLS[name].runs)]
    lengths = [
        ("length", name, seed, epochs) for name in names for seed in range(3) for epochs in LENGTHS.get(name, ())
    ]
    return sorted(runs + lengths, key=lambda work: work[2])


def finished(path: Path) -> dict[tuple, dict]:
    """Rows by the work that they are of."""
    rows = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {(row["kind"], row["name"], row["seed"], row["epochs"]): row for row in map(json.loads, rows)}


def tables(rows: Sequence[dict]) -> list[str]:
    """What came of the runs, and of trainings by their length: lines of Markdown."""
    judgements = [(name, share) for name, control in CONTROLS.items() for share in (None, *control.shares)]
    lines = [
        "| task | runs | pays | does not | undecided | right block | none, % | found, % | all, % | gain, points |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, share in judgements:
        control, title = CONTROLS[name], CONTROLS[name].title
        if share is not None:
            title = f"the same networks, {100 * share:g} % of the test images need the {name}"
        runs = [row for row in rows if (row["kind"], row["name"]) == ("run", name)]
        judged = [row if share is None else row["shares"][str(share)] for row in runs]
        if not runs:
            continue
        answers = [sum(one["pays"] == answer for one in judged) for answer in ("yes", "no", "undecided")]
        right = sum(any(row["found"].replace(" ", "")[block] == "1" for block in control.right) for row in runs)
        accuracy = [
            spread(100 * one["accuracy"][network] for one in judged) for network in ("plain", "found", "shared")
        ]
        gain = spread(100 * one["gain"]["value"] for one in judged)
        cells = [
            title,
            f"{len(runs)} of {control.runs}",
            *answers,
            right if control.right and share is None else "",
            *accuracy,
            gain,
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "Is that the plateau? Trainings from scratch by their length; the supernets' is the middle one.", ""]
    lines += ["| task | epochs | trainings | none, % | all, % |", "|---|--:|--:|--:|--:|"]
    for name, lengths in LENGTHS.items():
        for epochs in lengths:
            own = [row for row in rows if (row["kind"], row["name"], row["epochs"]) == ("length", name, epochs)]
            if own:
                accuracy = [spread(100 * row["accuracy"][scheme] for row in own) for scheme in ("0 0 0", "1 1 1")]
                lines.append(f"| {CONTROLS[name].title} | {epochs} | {len(own)} | {' | '.join(accuracy)} |")
    return [*lines, "", SIMULATED]


def spread(values: Iterable[float]) -> str:
    """Mean and standard deviation."""
    values = list(values)
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else f"{values[0]:.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=CONTROLS, default=list(CONTROLS), help="of the controls")
    parser.add_argument("--minutes", type=float, default=np.inf, help="nothing is begun after so long")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder of the results")
    asked = parser.parse_args(arguments)
    path, end = asked.out / "verdict.jsonl", time.monotonic() + 60 * asked.minutes
    one_thread()
    for work in works(asked.only):
        if work in finished(path) or time.monotonic() >= end:
            continue
        start = time.process_time()
        kind, name, seed, epochs = work
        facts = {"kind": kind, "name": name, "seed": seed, "epochs": epochs, **KINDS[kind](name, seed, epochs)}
        facts |= {"seconds": round(time.process_time() - start, 1), "commit": commit()}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")
        print(facts, flush=True)
    rows = list(finished(path).values())
    (asked.out / "verdict.md").write_text(document(rows), encoding="utf-8")


def document(rows: Sequence[dict]) -> str:
    """What verdict.md says."""
    commits = ", ".join(sorted({row["commit"] for row in rows}))
    seconds = [row["seconds"] for row in rows if row["kind"] == "run"]
    known = versions("keras", keras.backend.backend())
    return "\n".join(
        [
            "# The verdict of a run on tasks whose answer is known",
            "",
            f"`python benchmarks/verdict.py` at {commits} · {platform.machine()}, {os.cpu_count()} cores, one thread · "
            + ", ".join(f"{name} {version}" for name, version in known.items())
            + f" · {np.median(seconds or [0]):.0f} s of processor time a run",
            "",
            INTRODUCTION,
            "",
            *tables(rows),
            "",
        ]
    )


def commit() -> str:
    """Of this repository."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True).stdout.strip()


def one_thread() -> None:
    """Small networks gain nothing from a second thread; a second process does."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


if __name__ == "__main__":
    main()
