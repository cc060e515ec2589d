"""What a reader of the pages has: files and folders, and in a program the names that a page takes for granted."""

import dis
import shutil
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import keras
import numpy as np
import yaml
from keras import layers
from PIL import Image

import keras_ean as ean
from keras_ean.run import Run, load_config
from tests.reference_nets import GroupEnhance, fbresnet50
from tests.small_backbone import Small

SMALL = {
    "backbone": {"name": "small", "stages": [1, 1]},
    "pretrain": {"recipe": "digits-short", "epochs": 1, "batch_size": 8},
    "tune": {"epochs": 1},
    "seeds": 1,
    "search": {"calibrate": 8, "options": {"max_steps": 1, "samples_per_step": 2}},
    "export": [],
}
"""Of runs: as little as will do."""
RANDOM = np.random.default_rng(0)
PHOTOS = ("photo.jpg", "new.jpg", "1.jpg", "holiday/1.jpg", "holiday/2.jpg")
MODULE = """
import keras
import numpy as np

def make_model():
    return keras.models.load_model("model.keras")

def make_datasets():
    random = np.random.default_rng(0)
    return [(random.uniform(0, 255, (12, 8, 8, 3)), np.arange(12) % 2) for _ in range(3)]
"""


def noise(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 256, shape, "uint8")


def photographs(folder: Path, images: int, *splits: str) -> None:
    """Noise of 8×8 in colours, one folder per class."""
    for split in splits or (".",):
        for name, low in (("cats", 0), ("dogs", 100)):
            (folder / split / name).mkdir(parents=True)
            for number in range(images):
                Image.fromarray(noise(8, 8, 3) // 2 + np.uint8(low)).save(folder / split / name / f"{number}.png")


def trained(metric: str | keras.Metric = "accuracy", units: int = 2) -> keras.Model:
    """A small network with a gate in the second of its two residual blocks, compiled as if it had been trained."""
    x = image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same")(layers.Rescaling(1 / 255)(x))
    for block in range(2):
        y = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", name=f"block{block + 3}_conv3")(x))
        if block:
            y = layers.Multiply()([y, layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(y))])
        x = layers.Add()([x, y])
    head = layers.Dense(units, "softmax" if units > 1 else "sigmoid")
    model = keras.Model(image, head(layers.GlobalAveragePooling2D()(x)), name="mine")
    model.compile("adam", f"{'sparse_categorical' if units > 1 else 'binary'}_crossentropy", metrics=[metric])
    model.optimizer.build(model.trainable_variables)
    return model


def checkpoint(path: Path) -> None:
    """Weights of the authors' net, eight channels wide."""
    import torch

    net = fbresnet50(lambda channels: ("share_fc", GroupEnhance(8)))
    torch.save({"state_dict": net.state_dict()}, path)


def settle(folder: Path) -> None:
    """Writes all that the pages name; a run takes seconds, and is made once."""
    photographs(folder / "photos", 12)
    photographs(folder / "photographs", 6, "train", "val", "test")
    for name in PHOTOS:
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(noise(9, 12, 3)).save(folder / name)
    (folder / "my.yaml").write_text(yaml.safe_dump({"data": {"name": "photos"}, **SMALL}))
    (folder / "my_module.py").write_text(MODULE)
    trained().save(folder / "model.keras")
    Run(folder / "runs" / "mine", load_config(folder / "my.yaml"))()
    for name in ("photos", "digits", "other"):
        shutil.copytree(folder / "runs" / "mine", folder / "runs" / name)


def compiled(model: Any) -> Any:
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


X, LABELS = RANDOM.normal(size=(16, 8, 8, 1)).astype("float32"), np.arange(16) % 10
SCORES = RANDOM.normal(size=(12, 2))


def tune(network: keras.Model) -> None:
    compiled(network).fit(X, LABELS, epochs=1, verbose=0)


def network(scheme: str) -> keras.Model:
    stages = [len(bits) for bits in scheme.split()]
    return compiled(ean.build_network(Small(stages), "se", scheme, (8, 8, 1), classes=10))


class Detector(keras.Model):
    """A loss of its own, as a detector has."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean(keras.losses.mean_squared_error(y, y_pred))


def detector() -> keras.Model:
    plain = network("00 0")
    return Detector(plain.input, plain.output)


def batches() -> Any:
    return ean.data.load("digits", train=20).train.batches(16)


def coloured() -> tuple[np.ndarray, np.ndarray]:
    return noise(12, 8, 8, 3).astype("float32"), np.arange(12) % 2


NAMES: dict[str, Callable[[], Any]] = {
    **dict.fromkeys(("x", "x_train", "x_val", "images"), lambda: X),
    **dict.fromkeys(("y", "y_val", "labels"), lambda: LABELS),
    **dict.fromkeys(("train_ds", "val_ds", "test_ds"), coloured),
    **dict.fromkeys(("train", "val"), batches),
    "in_small": lambda: lambda **_: network("00 0"),
    "targets": lambda: np.eye(10, dtype="float32")[LABELS],
    "detector": detector,
    "network": lambda: network("11 1"),
    "supernet": lambda: compiled(ean.build_supernet(Small((2, 1)), "se", (8, 8, 1), classes=10)),
    "model": lambda: keras.models.load_model("model.keras"),
    "data": lambda: ean.data.load("digits", train=80),
    "oracle": lambda: ean.search.RandomOracle(max_steps=1, seed=0),
    "config": lambda: ean.Run("runs/mine").config,
    "tune": lambda: tune,
    "loss": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "energy_of": lambda: lambda scheme: 1.0 + scheme.density,
    "my_score": lambda: lambda scheme: scheme.density,
    "bits": lambda: np.array([[number >> block & 1 for block in range(4)] for number in range(12)]),
    "scores": lambda: SCORES[:, 0],
    "accuracy": lambda: SCORES,
}
"""Names that a page's program uses without having made them."""


def provide(code: CodeType, names: dict[str, Any]) -> None:
    """Adds what a program, or a function in it, uses and the page has not made."""
    for name in used(code) - made(code) - set(names):
        if name in NAMES:
            names[name] = NAMES[name]()


def used(code: CodeType) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_NAME", "LOAD_GLOBAL")}
    return names.union(*(used(part) for part in code.co_consts if isinstance(part, CodeType)))


def made(code: CodeType) -> set[str]:
    return {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}
