"""`keras-ean pretrain` on a small backbone in a process of its own, whose number of devices is fixed when it starts.

Arguments: the run's folder, and the devices of each epoch of a training in pieces, the last for all that is left.
On TensorFlow it has two, and prints how far trainings on one and on two are apart where BatchNorm is of no matter.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import typer

import tests.conftest  # noqa: F401 (first of all: it hides TensorFlow from the tests on JAX)
from keras_ean import backbones, build_supernet
from keras_ean.cli.run import pretrain
from keras_ean.data import OnDevice, Split
from keras_ean.recipes import Recipe
from keras_ean.training import fit
from keras_ean.training.devices import ONE, Devices, choose_devices
from tests.small_backbone import Small

# Under TensorFlow's strategy BatchNorm sees the images of one device, so that results differ.
NORM = "LayerNormalization" if keras.backend.backend() == "tensorflow" else "BatchNormalization"
OVERRIDES = [
    "data={name: digits, light: true, train: 40, draws: 1}",
    f"backbone={{name: small, stages: [1], norm: {NORM}}}",
    "sampling=stratified",
    "pretrain={recipe: digits-short, epochs: 3, batch_size: 16}",
    "export=[]",
]
BATCHES = (8, 8, 4)


def twins() -> Split:
    """An epoch in which two devices get the same images in each batch, but labels of their own."""
    generator = np.random.default_rng(0)
    halves = [generator.normal(size=(size // 2, 8, 8, 1)).astype("float32") for size in BATCHES]
    images = np.concatenate([half for pair in zip(halves, halves) for half in pair])
    return Split(images, generator.integers(0, 10, sum(BATCHES)).astype("int32"))


def trained(place: Devices, images: Split) -> list[np.ndarray]:
    keras.utils.set_random_seed(0)
    batches = place.batches(images.batches(8))
    with place.scope():
        supernet = build_supernet(Small((1,)), "se", (8, 8, 1), classes=10, seed=3)
        Recipe(2, batch_size=8, rate=0.1, weight_decay=1e-3).compile(supernet, len(batches))
        fit(supernet, batches, 2, tempfile.mkdtemp(), verbose=0)
    return supernet.get_weights()


if __name__ == "__main__":
    [out, *pieces, last] = sys.argv[1:]
    backbones.base.REGISTRY.classes["small"] = Small
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        [cpu] = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    else:
        OnDevice.pays = classmethod(lambda *_: True)  # As on an accelerator.
    for devices in pieces:
        with contextlib.suppress(typer.Exit):
            pretrain(Path("digits"), Path(out), OVERRIDES, minutes=1e-9, devices=devices)
            sys.exit("A piece of one epoch has ended the training.")
    pretrain(Path("digits"), Path(out), OVERRIDES, devices=last)
    if keras.backend.backend() == "tensorflow":
        pairs = zip(trained(ONE, twins()), trained(choose_devices(2), twins()), strict=True)
        print(max(float(np.abs(one - two).max()) for one, two in pairs))
