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

    Each gate is measured on the images: how much it varies, and what holding it at its mean costs, alone. All gates are
    held if that costs no more than the tolerance; else they are held one after another, the cheapest first, as long as
    all held ones together cost no more.
    A constant gate is a factor per channel, which goes into the weights of a normalisation, convolution or dense layer
    next to it (`keras_ean.folding.absorbing`), exactly; where there is none, one multiplication stays. The network is
    not changed.

    Args:
        network: A functional or Sequential model with gates, see `find_gates`.
        images: Images as the network takes them, in all forms of `keras_ean.data.as_arrays`, with labels or without.
            Take images that decided on nothing else, and that the result is not tested on: a choice is made on them.
        labels: The labels of the images. Without any, the cost is the percentage of images whose class changes.
        tolerance: Points of top-1 accuracy in percent that folding may cost, or units of the metric.
        metric: (labels, outputs) → score, or one per image; the higher, the better. A `keras.metrics.Metric` is asked
            for each network anew.
        calibrate: Images, best those of the training, to re-estimate the new network's BatchNorm statistics on; None
            leaves the statistics as they are, and the result equals the network with gates held at their means. They
            stay, too, where no gate is folded.
        batch_size: Images per forward pass, and per timed call.
        rounds: Timed calls of each gate, and of network and result where they have one input; 0 measures no times.
        name: The name of the new network; default: the network's.
        tune: Compiles and trains the new network, in place, at the end: what `after` scores then is the trained one.
            `prune_gates` trains with each gate instead, and folds more.
        each: Whether what each gate costs alone is measured also where all are held, which no choice needs.

    Warns:
        GuessedWarning: The network knows no more of the images, 50 or more with labels, than guessing does.

    Raises:
        TypeError: Not a Keras model.
        ValueError: A model without gates or of an unknown graph, see `find_gates`; a tolerance or rounds below 0, a
            batch size below 1; images in another form or of another shape; outputs that are no finite numbers, or need
            a metric; labels that do not fit, see `Scoring`.

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
