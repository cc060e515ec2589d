"""A network with the cost of a folded one."""

from collections.abc import Collection

import keras

from keras_ean.folding.affine import Affine
from keras_ean.folding.finding import gates_of, read_gated
from keras_ean.folding.rewriting import Rewriting
from keras_ean.registry import unknown


def without(network: keras.Model, gates: Collection[str]) -> keras.Model:
    """Copies a network with some of its gates replaced by constants that need no images, for measuring what folding
    them would save.

    The copy costs what the network costs with these gates folded; what it computes is another thing.

    Args:
        network: A functional or Sequential model with gates (see `find_gates`).
        gates: The names of the gates to replace, as `find_gates` tells them.

    Raises:
        TypeError: `network` is no Keras model.
        ValueError: The network has no gates, or its graph is not known; or it has no gate of one of the names.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "101", (8, 8, 1), classes=10)
        >>> [layer.name for layer in without(network, ["stage_0_attention"]).layers if "attention" in layer.name]
        ['stage_2_attention']
    """
    graph, functional = read_gated(network)
    places = {place.name: place for place in gates_of(graph, network.name)}
    for name in gates:
        if name not in places:
            raise ValueError(unknown("gate", name, places))
    # Not 1, of which no multiplication would be left where no layer takes the constant.
    halves = {places[name]: Affine.of(0.5, places[name].channels) for name in gates}
    return Rewriting(graph, halves).network(functional, network.name)
