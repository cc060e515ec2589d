"""Which layers of a model do not learn, from one model to another with layers of the same names."""

from collections.abc import Iterator, Set

import keras

from keras_ean import layer_names


def frozen(model: keras.Model) -> set[str]:
    """Names of the layers that do not learn; one inside another layer has that one's name before it, "block/conv"."""
    return {path for path, layer in inside(model) if not layer.trainable}


def freeze(model: keras.Model, paths: Set[str], known: Set[str]) -> None:
    """Freezes the layers of these names, and lets the other known ones learn.

    Args:
        model: The model to change; an attention module of one block, which may not be known, is as that of its stage.
        paths: The paths of the layers to freeze, as `frozen` gives them.
        known: The paths of all layers that are changed.
    """
    for path, layer in inside(model):
        name, slash, rest = path.partition("/")
        place = None if name in known else layer_names.attention_of(name)
        path = layer_names.attention(place[0]) + slash + rest if place else path
        if path in known and layer.trainable == (path in paths):
            layer.trainable = path not in paths  # Keras takes what is inside along, which is looked at next.


def inside(layer: keras.layers.Layer, before: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    """The layers inside a layer or model with their paths, outer ones before inner ones."""
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        yield before + inner.name, inner
        yield from inside(inner, f"{before}{inner.name}/")
