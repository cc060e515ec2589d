"""The contract of supernet and network, for a backbone and an attention module: one supernet holds all networks."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from keras_ean import attention as attentions
from keras_ean import backbones
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.scheme import Scheme
from keras_ean.supernet.network import transfer_weights
from keras_ean.supernet.supernet import Supernet, build_supernet
from keras_ean.testing.rules import expect, rule
from keras_ean.testing.running import close, maps, run, shaken

IMAGES = 2


def check_networks(
    backbone: str | Backbone,
    attention: str | Attention,
    input_shape: tuple[int, int, int] = (8, 8, 1),
    classes: int = 3,
    share: bool = True,
) -> Supernet:
    """Builds a supernet, and the networks of no, some and all connections, and holds them against each other.

    Args:
        backbone: a name or a configured backbone.
        attention: a name or a configured module.
        input_shape: (height, width, channels).
        classes: number of classes.
        share: one module per stage, or one per block.

    Returns:
        The supernet, for further checks.

    Raises:
        AssertionError: the first rule that is broken, and how.

    Example:
        >>> check_networks("resnet8", "se").stages
        (1, 1, 1)
    """
    backbone, attention = backbones.get(backbone), attentions.get(attention)
    with rule("A supernet is built of any backbone and any module."):
        supernet = shaken(build_supernet(backbone, attention, input_shape, classes, share=share, seed=0))
    stages = supernet.stages
    none, full = Scheme.empty(stages), Scheme.full(stages)
    some = Scheme([int(block % 2 == 0) for blocks in stages for block in range(blocks)], stages)
    images, schemes = maps((IMAGES, *input_shape)), list(dict.fromkeys((none, some, full)))
    rows = {
        "image": np.concatenate([images] * len(schemes)),
        "scheme": np.repeat([scheme.bits for scheme in schemes], IMAGES, axis=0).astype("float32"),
    }
    with rule("A supernet takes one row of bits per image, and gives finite logits."):
        every = run(supernet, rows)
        expect(np.all(np.isfinite(every)), "Some are not finite.")
    together = dict(zip(schemes, np.split(every, len(schemes))))
    with rule("Attention has an effect on the logits."):
        expect(not close(together[full], together[none]), "They are the same with all blocks connected and with none.")
    with rule("Without connections, a network is the backbone alone."):
        inputs = backbone.inputs(input_shape)
        plain = keras.Model(inputs, backbone.outputs(inputs, lambda y, block: y, classes))
        transfer_weights(supernet.body, plain)
        expect(close(together[none], run(plain, images)), "The logits differ.")
    networks = {}
    with rule("The network of a scheme has attention in the connected blocks, and in no others."):
        for scheme in schemes:
            networks[scheme] = supernet.extract(scheme)
            served = [layer.places for layer in networks[scheme].layers if isinstance(layer, Attention)]
            found = sorted(place for places in served for place in places)
            expect(found == np.flatnonzero(scheme.bits).tolist(), f"Scheme {scheme} has it in the blocks {found}.")
    with rule("A supernet gives under every scheme what the network of the scheme gives."):
        for scheme in schemes[1:]:
            expect(close(together[scheme], run(networks[scheme], images)), f"Scheme {scheme} gives other logits.")
    with rule("A saved supernet or network loads, and gives what it gave."):
        again = _loaded(supernet, networks[some])
        expect(close(run(again[0], rows), every, 1e-6), "The loaded supernet gives other logits.")
        expect(close(run(again[1], images), together[some]), "The loaded network gives other logits.")
    return supernet


def _loaded(*models: keras.Model) -> Sequence[keras.Model]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.keras" for number in range(len(models))]
        for model, file in zip(models, files, strict=True):
            model.save(file)
        return [keras.saving.load_model(file) for file in files]
