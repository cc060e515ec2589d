"""Removing the gates of a network, one after another, with fine-tuning between."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras

from keras_ean import backend
from keras_ean.folding.finding import called
from keras_ean.folding.fold import check, check_tune, fold
from keras_ean.folding.folded import Folded
from keras_ean.folding.gate_place import GatePlace, Gates
from keras_ean.folding.scoring import Metric
from keras_ean.folding.study import Study


def prune_gates(
    model: keras.Model,
    images: Any,
    labels: Any = None,
    *,
    tune: Callable[[keras.Model], Any],
    tolerance: float = 0.5,
    metric: Metric | None = None,
    batch_size: int = 64,
) -> Folded:
    """Folds as many gates as fine-tuning can make up for, one after another.

    First, `fold` takes what costs no more than the tolerance. Then, of the gates that are left, the one whose mean
    costs least is folded and the network is fine-tuned. If the score is within the tolerance of the original's, the
    gate stays folded and the fine-tuned network is the one to go on with; else the gate stays as it was. Each gate is
    tried once.

    Args:
        model: A functional or Sequential model with gates (see `find_gates`); it is not changed.
        images: Images as the network takes them, which gates are chosen and networks scored on, in any form that `fold`
            takes.
        labels: The classes of the images, as numbers or one-hot rows. Where there are none, the cost is the percentage
            of images whose class changes.
        tune: A function that compiles and trains a network in place, such as `lambda network: (network.compile(…),
            network.fit(…))`.
        tolerance: The points of top-1 accuracy in percent, or the units of the metric, that the whole result may cost.
        metric: A function of (labels, outputs) that gives a score, the higher the better; None takes top-1 accuracy in
            percent.
        batch_size: The number of images per forward pass.

    Returns:
        What `fold` gives; here, `together` is what each gate cost after the fine-tuning with it folded.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model has no gates, or its graph is not known; `tune` is no function; or images, labels,
            tolerance or metric are refused, as by `fold`.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "101", (8, 8, 1), classes=10)
        >>> images = np.random.default_rng(0).normal(size=(32, 8, 8, 1))
        >>> len(prune_gates(network, images, tune=lambda network: None, tolerance=100).live)
        0
    """
    check(tolerance)
    check_tune(tune)
    study = Study.of(model, images, labels, metric, batch_size)
    images, labels, judged_by = study.images, study.scoring.labels, study.scoring.judged_by
    result = fold(model, images, labels, tolerance, metric, batch_size=batch_size)
    gates, left = {gate.name: gate for gate in result.gates}, set(result.live)
    network, after = result.network, result.after
    while left:
        study = Study.of(network, images, labels, metric, batch_size)
        indices = _indices(study.gates, [gate.place for gate in gates.values() if not gate.folded])
        costs = {name: (study.cost([indices[name]]), indices[name]) for name in left}
        name = min(left, key=costs.__getitem__)
        left.remove(name)
        index = indices[name]
        rewriting = study.rewriting(study.means([index]))
        tried = rewriting.network(study.model, model.name)
        tune(tried)
        score = study.scoring(backend.outputs(backend.inference(tried), images, batch_size))
        cost = result.before - score
        if cost <= tolerance:
            network, after = tried, score
            gates[name] = replace(gates[name], folded=True, together=cost, fate=rewriting.fate(study.gates[index]))
        else:
            gates[name] = replace(gates[name], together=cost, fate=f"folded and fine-tuned, it costs {cost:.2f}")
    return replace(result, network=network, gates=tuple(gates.values()), after=after, judged_by=judged_by)


def _indices(gates: Gates, live: Sequence[GatePlace]) -> dict[str, int]:
    """Where the `live` gates of the original are among those of the network that is left.

    Of a layer that is called several times, the calls are numbered, and those that are left are numbered anew.
    """
    calls: dict[str, list[int]] = defaultdict(list)
    for index, place in enumerate(gates):
        calls[called(place.step)].append(index)
    return {place.name: calls[called(place.step)].pop(0) for place in live}
