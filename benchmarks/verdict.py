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
from keras_ean.run import Config, Run, parse_config, versions

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
    """

    title: str
    data: dict
    runs: int
    right: tuple[int, ...] = ()
    changes: dict = field(default_factory=dict)
    epochs: int = 16

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
            "keep": "found",
        }
        return parse_config({**values, **self.changes}, self.title)


RUNS = Path("runs/verdict")


def cue(share: float, span: int = 0) -> dict:
    """Small images of two classes, as easy to learn whatever share of those of the test needs the cue."""
    sizes = {"train": 1500, "validation": 500, "test": 1500, "height": 8, "play": 1}
    return {"name": "cue", "digits": [0, 1], "share": share, "train_share": 0.75, "span": span, **sizes}


DIGITS = {"name": "digits"}
CONTROLS = {
    "cue": Control("cue, needed by 75 % of the images", cue(0.75), 20, right=(0, 1), epochs=20),
    "digits": Control("digits without light, SE", DIGITS, 20),
    "identity": Control("digits without light, identity", DIGITS, 10, changes={"attention": "identity"}),
    "scratch": Control(
        "the same, from scratch", DIGITS, 20, changes={"attention": "identity", "start": "scratch"}, epochs=8
    ),
    **{
        f"cue-{share}": Control(f"cue, needed by {share} % of the images", cue(share / 100), 8, right=(0, 1), epochs=20)
        for share in (16, 8, 4, 2)
    },
    "cue-0": Control("cue, needed by no image", cue(0), 8, epochs=20),
}
LENGTHS = {"cue": (10, 20, 40), "digits": (8, 16, 32)}
"""Epochs of trainings from scratch, which show whether the supernets' are enough."""


def one_run(name: str, seed: int, epochs: int) -> dict:
    """A run, whole but for export and report, and what came of it."""
    run = Run(RUNS / f"{name}-{seed}", CONTROLS[name].config(seed, epochs), Console(quiet=True))
    verdict, found = run.verdict(), str(run.search())
    facts = verdict.facts()
    keras.backend.clear_session()
    return {
        "pays": verdict.pays,
        "recommended": verdict.recommended,
        "found": found,
        "accuracy": {network: round(value, 4) for network, value in verdict.accuracy.items()},
        **{
            difference: {bound: round(facts[difference][bound], 4) for bound in ("value", "low", "high")}
            for difference in ("gain", "everywhere", "over_random")
        },
    }


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
    runs = [row for row in rows if row["kind"] == "run"]
    lines = [
        "| task | runs | pays | does not | undecided | right block | none, % | found, % | all, % | gain, points |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, control in CONTROLS.items():
        own = [row for row in runs if row["name"] == name]
        if not own:
            continue
        answers = [sum(row["pays"] == answer for row in own) for answer in ("yes", "no", "undecided")]
        right = sum(any(row["found"].replace(" ", "")[block] == "1" for block in control.right) for row in own)
        accuracy = [spread(100 * row["accuracy"][network] for row in own) for network in ("plain", "found", "shared")]
        gain = spread(100 * row["gain"]["value"] for row in own)
        cells = [control.title, len(own), *answers, right if control.right else "", *accuracy, gain]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "| task | epochs | trainings | none, % | all, % |", "|---|--:|--:|--:|--:|"]
    for name, lengths in LENGTHS.items():
        for epochs in lengths:
            own = [row for row in rows if (row["kind"], row["name"], row["epochs"]) == ("length", name, epochs)]
            if own:
                accuracy = [spread(100 * row["accuracy"][scheme] for row in own) for scheme in ("0 0 0", "1 1 1")]
                lines.append(f"| {CONTROLS[name].title} | {epochs} | {len(own)} | {' | '.join(accuracy)} |")
    return lines


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
