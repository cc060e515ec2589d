"""Folding the gates that can be constant into the layers around them."""

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import keras

from keras_ean import backend
from keras_ean.folding.folded import Folded, FoldedGate
from keras_ean.folding.reestimation import reestimate
from keras_ean.folding.scoring import Metric
from keras_ean.folding.study import Study
from keras_ean.folding.timing import gate_milliseconds
from keras_ean.measure.latency import latencies


def fold(
    network: keras.Model,
    images: Any,
    labels: Any = None,
    tolerance: float = 0.5,
    metric: Metric | None = None,
    calibrate: Any = None,
    batch_size: int = 64,
    rounds: int = 0,
    name: str | None = None,
    tune: Callable[[keras.Model], Any] | None = None,
    each: bool = True,
) -> Folded:
    """Makes gates of a network constant where that costs no more than a tolerance, and folds the constants away.

    Each gate is measured on the images: how much it varies, and what it costs to hold it alone at its mean. All gates
    are held if that costs no more than the tolerance. If not, they are held one after another, the cheapest first, as
    long as all that are held together cost no more.

    A constant gate is a factor per channel. It goes exactly into the weights of a normalisation, convolution or dense
    layer next to it; where there is none, one multiplication stays. The network itself is not changed.

    Args:
        network: A functional or Sequential model with gates (see `find_gates`).
        images: Images as the network takes them: an array, a `Split`, a `tf.data.Dataset`, a `keras.utils.PyDataset` or
            an iterable of batches, with labels or without. The choice of gates is made on them, so take images that
            decided on nothing else, and that the result is not tested on.
        labels: The classes of the images, as numbers or one-hot rows. Where there are none, the cost is the percentage
            of images whose class changes.
        tolerance: The points of top-1 accuracy in percent, or the units of the metric, that folding may cost; 0 or
            more.
        metric: A function of (labels, outputs) that gives a score, or one for each image, the higher the better; None
            takes top-1 accuracy in percent. A `keras.metrics.Metric` is reset for each network.
        calibrate: Images, best those of the training, on which the new network's BatchNorm statistics are estimated
            again if any gate is folded. With None the statistics stay, and the result equals the network whose gates
            are held at their means.
        batch_size: The number of images per forward pass, and per timed call.
        rounds: The number of timed calls of each gate, and of network and result if they have one input; with 0, no
            times are measured.
        name: The name of the new network; None takes the network's.
        tune: A function that compiles and trains the new network in place, at the end; `after` is then the score of the
            trained one. `prune_gates` trains after each gate instead, and folds more.
        each: Whether what each gate costs alone is measured even if all gates are held, where no choice needs it.

    Warns:
        GuessedWarning: On 50 labelled images or more, the network is no better than guessing; it may misread them, or
            its BatchNorm statistics may be stale.

    Raises:
        TypeError: `network` is no Keras model.
        ValueError: The model has no gates, or its graph is not known (see `find_gates`); `tolerance` or `rounds` is
            negative, or the batch size below 1; the images are in another form or of another shape; the outputs are not
            finite, or need a metric; the labels do not fit; or `tune` is no function.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "101", (8, 8, 1), classes=10)
        >>> folded = fold(network, np.random.default_rng(0).normal(size=(32, 8, 8, 1)), tolerance=100)
        >>> folded.folded
        ('stage_0_attention', 'stage_2_attention')
        >>> [layer.name for layer in folded.network.layers if "attention" in layer.name]
        []
    """
    check(tolerance, rounds)
    if tune is not None:
        check_tune(tune)
    study = Study.of(network, images, labels, metric, batch_size)
    study.scoring.doubt(study.before)
    held, costs = study.choose(tolerance, each)
    rewriting = study.rewriting(study.means(held))
    new = rewriting.network(study.model, name or network.name)
    if calibrate is not None and held:
        reestimate(new, calibrate, batch_size)
    if tune is not None:
        tune(new)
    times = gate_milliseconds(study.graph, study.gates, batch_size, rounds) if rounds else [None] * len(costs)
    gates = [
        FoldedGate(
            place,
            study.statistics[index],
            *costs[index],
            folded=index in held,
            fate=rewriting.fate(place) if index in held else study.reason(index, costs[index], tolerance),
            milliseconds=times[index],
        )
        for index, place in enumerate(study.gates)
    ]
    after = study.scoring(backend.outputs(backend.inference(new), study.images, batch_size))
    found = Folded(new, tuple(gates), study.before, after, study.scoring.judged_by)
    if not rounds or len(study.model.inputs) > 1:
        return found
    pair = latencies({"before": network, "after": new}, study.images, batch_size, rounds)
    return replace(found, times=(pair["before"][0], pair["after"][0]))


def check_tune(tune: Any) -> None:
    """Raises ValueError unless it is a function, which would be noticed after all measurements."""
    if not callable(tune):
        raise ValueError(f"tune is a function that compiles and trains the network that it is given, not {tune!r}.")


def check(tolerance: Any, rounds: int = 0) -> None:
    """Raises ValueError unless both are numbers of 0 or more, and `rounds` is a whole one."""
    if not isinstance(rounds, Integral) or rounds < 0:
        raise ValueError(f"rounds is the number of timed calls, 0 or more, not {rounds!r}.")
    if not isinstance(tolerance, Real) or not float(tolerance) >= 0:
        raise ValueError(f"The tolerance is a number of points that folding may cost, 0 or more, not {tolerance!r}.")
