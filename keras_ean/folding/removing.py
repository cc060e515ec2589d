"""A network with the cost of a folded one."""

from collections.abc import Collection

import keras

from keras_ean.folding.affine import Affine
from keras_ean.folding.finding import gates_of, read_gated
from keras_ean.folding.rewriting import Rewriting
from keras_ean.registry import unknown


def without(network: keras.Model, gates: Collection[str]) -> keras.Model:
    """Copies a network so that the gates of these names are constants that are known before any training.

    It costs what the network costs with these gates folded: for measuring and planning, since what it computes is
    another thing.

    Raises:
        TypeError, ValueError: See `find_gates`; a name that no gate has.

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
