"""The contract of supernet and network, for a backbone and an attention module: one supernet holds all networks."""

import tempfile

import keras
import numpy as np

from keras_ean import attention as attentions
from keras_ean import backbones
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone
from keras_ean.scheme import Scheme
from keras_ean.supernet.supernet import Supernet, build_supernet
from keras_ean.testing.rules import expect, global_seed, rule
from keras_ean.testing.running import close, maps, run, shaken

IMAGES = 2


def check_networks(
    backbone: str | Backbone,
    attention: str | Attention,
    input_shape: tuple[int, int, int] = (8, 8, 1),
    classes: int = 3,
    share: bool = True,
) -> Supernet:
    """Tests whether a backbone and an attention module work together as a supernet and as the networks of schemes.

    The supernet has to agree with the networks that have attention in no, in some and in all blocks, and each has to be
    the same after it is saved and loaded.

    Args:
        backbone: The name of a backbone, or a configured one.
        attention: The name of an attention module, or a configured one.
        input_shape: The (height, width, channels) of the images.
        classes: The number of classes.
        share: Whether the blocks of a stage share one module, or each has its own.

    Returns:
        The supernet, for further checks.

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.

    Example:
        >>> check_networks("resnet8", "se").stages
        (1, 1, 1)
    """
    backbone, attention = backbones.get(backbone), attentions.get(attention)
    stages = backbone.stages
    none, full = Scheme.empty(stages), Scheme.full(stages)
    some = Scheme([int(block % 2 == 0) for blocks in stages for block in range(blocks)], stages)
    images, schemes = maps((IMAGES, *input_shape)), list(dict.fromkeys((none, some, full)))
    rows = {
        "image": np.concatenate([images] * len(schemes)),
        "scheme": np.repeat([scheme.bits for scheme in schemes], IMAGES, axis=0).astype("float32"),
    }
    with rule("A supernet of them takes one row of bits per image, and gives finite logits."), global_seed(0):
        supernet = shaken(build_supernet(backbone, attention, input_shape, classes, share=share, seed=0))
        every = run(supernet, rows)
        expect(np.all(np.isfinite(every)), "Some are not finite.")
    together = dict(zip(schemes, np.split(every, len(schemes))))
    with rule("Attention has an effect on the logits."):
        expect(
            not close(together[full], together[none], 1e-6),
            "They are the same with all blocks connected and with none.",
        )
    networks = {}
    with rule("The network of a scheme has attention in the connected blocks, and in no others."):
        for scheme in schemes:
            networks[scheme] = supernet.extract(scheme)
            served = [layer.places for layer in networks[scheme].layers if isinstance(layer, Attention)]
            found = sorted(place for places in served for place in places)
            expect(found == np.flatnonzero(scheme.bits).tolist(), f"Scheme {scheme} has it in the blocks {found}.")
    with rule("A supernet gives under every scheme what the network of the scheme gives."):
        for scheme in (none, some):
            expect(close(together[scheme], run(networks[scheme], images)), f"Scheme {scheme} gives other logits.")
    with rule("A saved supernet or network loads, and gives what it gave."), tempfile.TemporaryDirectory() as folder:
        loaded = []
        for model in (supernet, networks[some]):
            model.save(f"{folder}/model.keras")
            loaded.append(keras.saving.load_model(f"{folder}/model.keras"))
        expect(close(run(loaded[0], rows), every, 1e-6), "The loaded supernet gives other logits.")
        for weight, other in zip(networks[some].weights, loaded[1].weights, strict=True):
            expect(weight.path == other.path and np.array_equal(weight, other), f"{weight.path} is another weight.")
    return supernet
