"""A table of EAN-Bench: all schemes of a small space trained from scratch; the same command goes on where it stopped.

    python experiments/bench.py digits-light-8                      # one process
    python experiments/bench.py digits-light-8 --part 0 --parts 2   # two, side by side, and the second with --part 1

When no training is missing, the table is written to keras_ean/bench/tables/. --small takes all steps with two blocks
and few images, and leaves its table in the folder.
"""

import argparse
import os
import platform
from dataclasses import replace
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from keras_ean import bench
from keras_ean.bench import TableBuilder, spaces


def one_thread() -> None:
    """Small networks gain nothing from a second thread; a second process does."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def reduced(whole: spaces.Space) -> spaces.Space:
    """The same data, module and recipe with two blocks, 20 training images a class, one epoch and one seed."""
    return replace(
        whole,
        backbone=spaces.StagedResNet((1, 1), 4),
        data={**whole.data, "train": 20},
        recipe=replace(whole.recipe, epochs=1),
        seeds=1,
    )


def versions() -> dict[str, str]:
    import keras

    backend = {"tensorflow": "tensorflow", "jax": "jax"}[keras.backend.backend()]
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in ("keras", backend)}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=spaces.available())
    parser.add_argument("--folder", type=Path, help="of finished trainings; default runs/bench/NAME")
    parser.add_argument("--part", type=int, default=0, help="number of this process")
    parser.add_argument("--parts", type=int, default=1, help="how many processes share the work")
    parser.add_argument("--minutes", type=float, help="stop after so long")
    parser.add_argument("--side-by-side", type=int, default=1, help="networks per call (JAX)")
    parser.add_argument("--commit", default="", help="of the trainings, to be kept in the table")
    parser.add_argument("--machine", default=f"{platform.machine()}, {os.cpu_count()} cores", help="likewise")
    parser.add_argument("--small", action="store_true", help="all steps in small, to try it out")
    arguments = parser.parse_args()
    if arguments.parts > 1:
        one_thread()
    whole, name = spaces.get(arguments.name), f"{arguments.name}-small" if arguments.small else arguments.name
    folder = arguments.folder or Path("runs/bench") / name
    builder = TableBuilder(reduced(whole) if arguments.small else whole, folder, arguments.side_by_side)
    builder.train(arguments.part, arguments.parts, arguments.minutes)
    if missing := len(builder.missing()):
        print(f"{missing} trainings are missing.")
        return
    path = (folder if arguments.small else Path(str(files(bench))) / "tables") / f"{name}.npz"
    builder.table(commit=arguments.commit, machine=arguments.machine, **versions()).save(path)
    print(path)


if __name__ == "__main__":
    main()
