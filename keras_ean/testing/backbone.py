"""The contract of a backbone family."""

import keras

from keras_ean import backbones
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.backbones.base import REGISTRY
from keras_ean.scheme import check_stages
from keras_ean.testing.networks import check_networks
from keras_ean.testing.rules import expect, rule


def check_backbone(
    backbone: str | Backbone,
    input_shape: tuple[int, int, int] = (8, 8, 1),
    attention: str | Attention = "se",
    **options,
) -> None:
    """Tests whether a backbone of your own keeps all rules that the library relies on; a small one takes less time.

    Args:
        backbone: The name of a backbone, or a configured one.
        input_shape: The (height, width, channels) of the images.
        attention: The name of an attention module, or a configured one, with which networks and supernets are built.
        **options: The options of the backbone, where it is given by name.

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.

    Example:
        >>> check_backbone("resnet8", width=4)
    """
    backbone = backbones.get(backbone, **options)
    with rule("stages are the numbers of residual blocks."):
        check_stages(backbone.stages)
    with rule("A backbone is serialisable, and equal to what is made of its configuration."):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(backbone))
        expect(again == backbone, f"It was {backbone}, and is then {again}.")
    if type(backbone) in REGISTRY.classes.values():
        _check_names(type(backbone))
    _check_hook(backbone, input_shape)
    check_networks(backbone, attention, input_shape)


def _check_names(family: type[Backbone]) -> None:
    with rule("examples() lists names that parse takes, and nothing but them is listed."):
        names = family.examples()
        expect(bool(names), "It lists none.")
        for name in names:
            parsed = family.parse(name)
            expect(parsed is not None, f"parse({name!r}) is None.")
            expect(type(backbones.get(name)) is family, f"{name!r} is taken by {type(backbones.get(name)).__name__}.")
    with rule("parse gives None for the names of other families."):
        for name in ("", "no such backbone", *set(backbones.available()) - set(names)):
            expect(family.parse(name) is None, f"parse({name!r}) is {family.parse(name)!r}.")


def _check_hook(backbone: Backbone, input_shape: tuple[int, int, int]) -> None:
    seen: list[tuple] = []

    def attend(x, block):
        seen.append((block, tuple(x.shape)))
        return keras.layers.Activation("linear", name=f"hook_{block}")(x)

    with rule("features builds maps (batch, height, width, channels) of any hook y = attend(y, block)."):
        model, again = (_model(backbone, input_shape, attend), _model(backbone, input_shape, attend))
    blocks = sum(backbone.stages)
    with rule("The hook is called once a block, the blocks counted from 0 over all stages."):
        found = [block for block, _ in seen[: len(seen) // 2]]
        expect(found == list(range(blocks)), f"The stages {backbone.stages} have {blocks} blocks; it saw {found}.")
    with rule("Blocks of a stage have maps of one shape, since a module and its state serve them all."):
        start = 0
        for length in backbone.stages:
            shapes = {shape for _, shape in seen[start : start + length]}
            expect(len(shapes) == 1, f"The blocks {start} to {start + length - 1} have {sorted(shapes)}.")
            start += length
    with rule("The hook is on the residual branch, before its addition, with at most a scale between."):
        for block in range(blocks):
            found = _following(model.get_layer(f"hook_{block}"))
            expect("Add" in found, f"After block {block}'s hook come {' and '.join(found)}.")
    with rule("The output is float32 logits, (batch, classes)."):
        [logits] = model.outputs
        expect(logits.shape == (None, 5) and logits.dtype == "float32", f"It is {logits.dtype}, {logits.shape}.")
    with rule("Every layer with weights has a name of its own, which is the same at every build."):
        paths = [[weight.path for weight in built.weights] for built in (model, again)]
        other = [path for path, later in zip(*paths, strict=True) if path != later]
        expect(not other, f"These weights have other names at the next build: {', '.join(other)}.")
    with rule("A backbone knows nothing of attention."):
        own = [layer.name for layer in model._flatten_layers() if isinstance(layer, Attention)]
        expect(not own, f"It has {', '.join(own)}.")


def _model(backbone: Backbone, input_shape: tuple[int, int, int], attend) -> keras.Model:
    inputs = backbone.inputs(input_shape)
    return keras.Model(inputs, backbone.outputs(inputs, attend, 5))


def _following(layer: keras.layers.Layer) -> list[str]:
    """Class names of the next two operations."""
    found: list[str] = []
    while len(found) < 2 and layer._outbound_nodes:
        layer = layer._outbound_nodes[0].operation
        found.append(type(layer).__name__)
    return found
