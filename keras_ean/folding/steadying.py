"""A last phase of training in which a network's gates become constants."""

from typing import Any

import keras

from keras_ean.attention import Averaged, Learned
from keras_ean.attention.averaged import PlaceMean
from keras_ean.data.as_arrays import as_images
from keras_ean.folding.finding import gates_of, read_gated
from keras_ean.folding.measured import Measured
from keras_ean.graph.copying import copy_inputs, copy_operation, copy_weights


def steady(network: keras.Model, images: Any, batch_size: int = 64) -> keras.Model:
    """Copies a trained network so that its gates are means over the batch, as with `source="mean"`: for a last phase of
    training, by `fit`, after which they fold exactly.

    The copy's gates are constants at inference, which start at their means on `images`. The training takes them into
    account, so that `fold` afterwards costs nothing. Gates that are constants already stay as they are.

    Args:
        network: A functional or Sequential model with gates (see `find_gates`); it is not changed.
        images: Images as the network takes them, best those of the training, in any form that `fold` takes.
        batch_size: The number of images per forward pass.

    Returns:
        A functional model, not compiled, with the network's weights.

    Raises:
        TypeError: `network` is no Keras model.
        ValueError: The network has no gates, or its graph is not known; or the images do not fit it.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "100", (8, 8, 1), classes=10)
        >>> phase = steady(network, np.ones((4, 8, 8, 1)))
        >>> tuple(phase.get_layer("stage_0_attention").factor.moving_mean["0"].shape)
        (16,)
    """
    graph, functional = read_gated(network)
    gates = gates_of(graph, network.name)
    images = as_images(images, inputs=len(functional.inputs))
    _, _, statistics = Measured(graph, gates, functional.input).read(images, batch_size)
    modules = {id(place.step.operation) for place in gates if place.factor is None}
    modules -= {id(step.operation) for step in graph.steps if isinstance(step.operation, Averaged | Learned)}
    outside = {(id(place.step), place.factor): place for place in gates if place.factor is not None}
    means: dict[str, PlaceMean] = {}

    def copy(operation, name):
        if id(operation) not in modules:
            return copy_operation(operation, name)
        return Averaged(operation, operation.places, name=name)

    def rewrite(step, value, tensor):
        place = outside.get((id(step), value))
        if place is None:
            return tensor
        means[place.name] = PlaceMean(name=f"{place.name}_mean", dtype=value.dtype)
        return means[place.name](tensor)

    inputs = copy_inputs(functional)
    phase = keras.Model(inputs, graph.run(inputs, rewrite, copy), name=network.name)
    copies = {layer.name: layer for layer in phase.layers}
    for name, layer in graph.layers.items():
        copy_weights(layer, copies[name].module if id(layer) in modules else copies[name])
    for place, found in zip(gates, statistics, strict=True):
        if place.factor is not None:
            [moving] = means[place.name].moving_mean.values()
            moving.assign(found.mean.scale[: moving.shape[0]])
        elif id(place.step.operation) in modules:
            module, block = copies[place.step.name], place.step.kwargs.get("place", place.step.operation.places[0])
            module.factor.moving_mean[str(block)].assign(found.mean.scale)
            module.shift.moving_mean[str(block)].assign(found.mean.shift)
    return phase
