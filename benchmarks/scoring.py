"""What does the score of a scheme cost: as it is, calibrated, tuned?

    python benchmarks/scoring.py --rounds 20

Prints milliseconds per scheme, on the clock and of CPU (all cores together), median and quartiles, and seconds of CPU
of the first call, which traces and compiles. ResNet-20 of width 8 with SE on 8×8 digits: 500 validation images, 512
images for BatchNorm statistics, 10 tuning steps of 64 images.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops

import keras_ean as ean
from keras_ean import backend
from keras_ean.supernet import Calibrator

SIDE_BY_SIDE = 8


def variants(supernet: ean.Supernet, train, validation) -> dict[str, tuple[int, Callable]]:
    """Functions of a list of schemes, with the number of schemes that they take."""
    images = train[0][:512]
    plain = ean.search.SupernetEvaluator(supernet, validation)
    calibrated = ean.search.SupernetEvaluator(supernet, validation, calibration=images)
    tuned = ean.search.TuningEvaluator(supernet, train, validation)
    calibrator = Calibrator(supernet, images)

    def batch_statistics(rows):
        def of_scheme(row):
            return [
                supernet.batch_statistics(calibrator.trainable, calibrator.fixed, batch, row[None])
                for batch in calibrator.batches
            ]

        return ops.vectorized_map(of_scheme, rows)

    side_by_side = backend.compiled(batch_statistics)

    def statistics(schemes):
        return [calibrator.statistics(np.array([scheme.bits], "float32")) for scheme in schemes]

    def statistics_side_by_side(schemes):
        return side_by_side(ops.convert_to_tensor(np.array([scheme.bits for scheme in schemes], "float32")))

    return {
        "score": (1, plain.score),
        "score, calibrated": (1, calibrated.score),
        "score, calibrated before": (1, calibrated.score),
        "score, tuned": (1, tuned.score),
        "statistics": (1, statistics),
        f"statistics, {SIDE_BY_SIDE} schemes side by side": (SIDE_BY_SIDE, statistics_side_by_side),
    }


def timed(function: Callable) -> np.ndarray:
    """Milliseconds until the result is there: on the clock, and of CPU."""
    start = time.perf_counter(), time.process_time()
    for value in keras.tree.flatten(function()):
        ops.convert_to_numpy(value)
    return 1000 * np.subtract((time.perf_counter(), time.process_time()), start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    keras.utils.set_random_seed(0)
    data = ean.data.load("digits", light=True)
    x, y = data.train.arrays()
    supernet = ean.build_supernet(ean.backbones.get("resnet20", width=8), "se", data.shape, data.classes)
    calls = variants(supernet, (x[:-500], y[:-500]), (x[-500:], y[-500:]))
    times: dict[str, list[np.ndarray]] = {name: [] for name in calls}
    for turn in range(options.rounds + 1):
        # The same for all variants, so that the second calibrated score finds the statistics of the first.
        schemes = [ean.Scheme.random(supernet.stages, seed=SIDE_BY_SIDE * turn + i) for i in range(SIDE_BY_SIDE)]
        for name, (size, call) in calls.items():
            elapsed = timed(lambda size=size, call=call, schemes=schemes: call(schemes[:size]))
            times[name].append(elapsed / size if turn else elapsed)
    print(f"{keras.backend.backend()}, {platform.machine()}, {options.rounds} rounds\n")
    print("| | ms per scheme | ms of CPU | first call, s of CPU |\n|---|--:|--:|--:|")
    for name, (first, *values) in times.items():
        cells = [
            f"{median:.0f} ({low:.0f} … {high:.0f})" for low, median, high in np.percentile(values, (25, 50, 75), 0).T
        ]
        print(f"| {name} | {' | '.join(cells)} | {first[1] / 1000:.1f} |")


if __name__ == "__main__":
    main()
