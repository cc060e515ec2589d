"""Dense prediction: the stage outputs of `ean.features` under a small decoder, on generated images.

    python experiments/segmentation.py [--seeds 3] [--epochs 12] [--quick] [--publish]

Every pixel is background or part of a disc, a square or a cross, under random light (`keras_ean.data.random_light`).
The plain backbone, shared attention in every block and attention in a few blocks are trained alike, from scratch; none
of them is searched. Measured: mean intersection over union of the four classes, on other images.
"""

import statistics
from typing import Annotated

import keras
import numpy as np
import typer
from keras import layers
from run import keep

import keras_ean as ean
from keras_ean import backend, data
from keras_ean.run.report import mean_spread

CLASSES = ("background", "disc", "square", "cross")
SCHEMES = {"plain": "000 000 000", "shared": "111 111 111", "first of each stage": "100 100 100"}


def scenes(count: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images, float32 (count, size, size, 1), and classes, int32 (count, size, size), of two or three shapes each."""
    generator = np.random.default_rng(seed)
    images = np.full((count, size, size), 0.2, "float32")
    classes = np.zeros((count, size, size), "int32")
    y, x = np.mgrid[:size, :size]
    for image, truth in zip(images, classes):
        for _ in range(generator.integers(2, 4)):
            kind, radius = generator.integers(1, len(CLASSES)), generator.integers(size // 8, size // 4)
            dy, dx = (np.abs(axis - generator.integers(radius, size - radius)) for axis in (y, x))
            inside = {
                1: dy**2 + dx**2 <= radius**2,
                2: np.maximum(dy, dx) <= radius * 0.85,
                3: (np.minimum(dy, dx) <= radius / 3) & (np.maximum(dy, dx) <= radius),
            }[int(kind)]
            image[inside], truth[inside] = generator.uniform(0.5, 1), kind
    return data.random_light(images[..., None], generator), classes


def segmenter(network: keras.Model, channels: int = 16) -> keras.Model:
    """Logits per pixel: each stage's map to `channels` and to the finest map's size, added, and classified."""
    maps = ean.features(network)
    height, width = maps.outputs[0].shape[1:3]
    levels = []
    for stage, x in enumerate(maps.outputs):
        x = layers.Conv2D(channels, 1, name=f"lateral_{stage}")(x)
        scale = height // x.shape[1], width // x.shape[2]
        levels.append(layers.UpSampling2D(scale, interpolation="bilinear", name=f"upsample_{stage}")(x))
    x = layers.Activation("relu", name="merged_relu")(layers.Add(name="merged")(levels))
    return keras.Model(maps.input, layers.Conv2D(len(CLASSES), 3, padding="same", name="logits")(x))


def mean_iou(model: keras.Model, images: np.ndarray, classes: np.ndarray) -> float:
    predicted = model.predict(images, verbose=0).argmax(-1)
    kinds = [(predicted == kind, classes == kind) for kind in range(len(CLASSES))]
    return statistics.fmean((one & other).sum() / max(1, (one | other).sum()) for one, other in kinds)


def segmentations(seeds: int, train: int, test: int, epochs: int, size: int = 32, width: int = 8) -> list[dict]:
    """One dict per network and seed, with the mean intersection over union (0 … 1)."""
    backbone, attention = ean.backbones.get("resnet20", width=width), ean.attention.get("se", reduction=4)
    images, classes = scenes(test, size, seed=10_000)
    rows = []
    for seed in range(seeds):
        x, y = scenes(train, size, seed)
        for name, scheme in SCHEMES.items():
            keras.utils.set_random_seed(seed)
            model = segmenter(ean.build_network(backbone, attention, scheme, (size, size, 1), classes=2))
            rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * -(-train // 32))
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(keras.optimizers.Adam(rate), loss, jit_compile=backend.jit_compile())
            model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
            rows.append({"network": name, "scheme": scheme, "seed": seed, "iou": mean_iou(model, images, classes)})
            print(rows[-1], flush=True)
    return rows


def main(
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Of every training.")] = 12,
    quick: Annotated[bool, typer.Option(help="Everything in small, to try it out.")] = False,
    publish: Annotated[bool, typer.Option(help="Keep the result in experiments/results.")] = False,
) -> None:
    """Run the experiment."""
    sizes = (
        {"train": 32, "test": 32, "epochs": 1, "width": 4} if quick else {"train": 512, "test": 512, "epochs": epochs}
    )
    rows = segmentations(seeds, **sizes)
    for name in SCHEMES:
        values = [100 * row["iou"] for row in rows if row["network"] == name]
        print(f"{name}: mean IoU {mean_spread(values)} %")
    if publish:
        keep("segmentation", rows, sizes=sizes)


if __name__ == "__main__":
    typer.run(main)
