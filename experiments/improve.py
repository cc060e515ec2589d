"""`ean.improve` on three kinds of trained models, on CIFAR-10 as JPEG images.

    python experiments/improve.py [--out runs/improve] [--train 500] [--epochs 40] [--seeds 3] [--minutes 9]
        [--model cnn]

A residual CNN of one's own; a MobileNetV2 of keras.applications, trained on five of the classes, then given a new head
for all ten with its BatchNorm frozen; a KerasHub backbone under a head, left out if keras-hub is not installed. Each is
trained to its plateau on augmented images with weight decay and dropout, saved with its accuracy on the three splits in
model.json, and improved with two attention modules. The same command goes on where it was stopped.
"""

import argparse
import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers

import keras_ean as ean
from keras_ean.training import OutOfTime

MODULES = ("se", "eca")
VALIDATION, TEST = 100, 200
"""Images of each class."""


def images(folder: Path, train: int, validation: int = VALIDATION) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Arrays by split, pixels 0 … 255 and labels; so many training images of each class."""
    data = ean.data.load(folder, train=train, validation=validation, normalize=False, verify=False)
    test = np.concatenate([np.flatnonzero(data.test.labels == label)[:TEST] for label in range(10)])
    parts = {"train": data.train, "validation": data.validation, "test": data.test.take(test)}
    arrays = {name: part.arrays() for name, part in parts.items()}
    return {name: ((255 * x).astype("float32"), y) for name, (x, y) in arrays.items()}


def seen(image):
    """Images 0 … 255 as the networks see them: from -1 to 1, and in training, fine-tuning included, flipped and moved
    by up to four pixels. A model has its augmentation in itself, since `ean.improve` trains it on plain arrays."""
    x = layers.Rescaling(1 / 127.5, -1)(image)
    x = layers.RandomFlip("horizontal", seed=0)(x)
    return layers.RandomTranslation(1 / 8, 1 / 8, fill_mode="constant", seed=0)(x)


def headed(image, features, name: str, classes: int = 10) -> keras.Model:
    """A classifier by softmax over features, some of which are dropped in training."""
    x = layers.Dropout(0.2, seed=0)(features)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(x), name=name)


def cnn() -> keras.Model:
    """Three stages of two residual blocks, 16 to 64 channels, the first on 16×16 pixels."""
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, 2, padding="same", use_bias=False)(seen(image))
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for width, strides in ((16, 1), (32, 2), (64, 2)):
        for stride in (strides, 1):
            y = layers.BatchNormalization()(layers.Conv2D(width, 3, stride, padding="same", use_bias=False)(x))
            y = layers.Conv2D(width, 3, padding="same", use_bias=False)(layers.ReLU()(y))
            y = layers.BatchNormalization()(y)
            x = layers.Conv2D(width, 1, stride)(x) if stride > 1 or x.shape[-1] != width else x
            x = layers.ReLU()(layers.Add()([x, y]))
    return headed(image, layers.GlobalAveragePooling2D()(x), "cnn")


def fitted(model: keras.Model, part: tuple, rate: float, epochs: int) -> keras.Model:
    """Compiled and trained with AdamW, its rate falling to 0 along a cosine."""
    images, labels = part
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9  # Keras's 0.99 and ImageNet's 0.999 are for more steps than these.
    steps = epochs * -(-len(labels) // 64)
    optimizer = keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(rate, steps), weight_decay=0.01)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=ean.backend.jit_compile())
    model.fit(images, labels, batch_size=64, epochs=epochs, verbose=0)
    return model


def own(part: tuple, epochs: int) -> keras.Model:
    return fitted(cnn(), part, 3e-3, epochs)


def mobilenet(part: tuple, epochs: int) -> keras.Model:
    """A trained body under a new head; its BatchNorm is frozen, as Keras's guide to transfer learning has it."""
    images, labels = part
    body = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, pooling="avg", weights=None)

    def under_head(classes: int) -> keras.Model:
        image = keras.Input((32, 32, 3))
        return headed(image, body(seen(image)), "mobilenet", classes)

    half = labels < 5
    fitted(under_head(5), (images[half], labels[half]), 3e-3, epochs)
    for layer in body.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return fitted(under_head(10), part, 1e-3, epochs)


def hub(part: tuple, epochs: int) -> keras.Model:
    """A small ResNet of KerasHub's, trained from scratch under a head."""
    import keras_hub

    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 128],  # KerasHub's first stage has 64 channels.
        stackwise_num_blocks=[2, 2],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        image_shape=(32, 32, 3),
    )
    image = keras.Input((32, 32, 3))
    features = layers.GlobalAveragePooling2D()(backbone(seen(image)))
    return fitted(headed(image, features, "hub"), part, 3e-3, epochs)


MODELS: dict[str, Callable[[tuple, int], keras.Model]] = {"cnn": own, "mobilenet": mobilenet, "hub": hub}


def improved(name: str, folder: Path, parts: dict, epochs: int, seeds: int, minutes: float | None, search: dict):
    """The result for one model, which is trained first if it is not there."""
    file = folder / "model.keras"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        keras.utils.set_random_seed(0)
        model = MODELS[name](parts["train"], epochs)
        accuracy = {
            part: model.evaluate(*pair, verbose=0, return_dict=True)["accuracy"] for part, pair in parts.items()
        }
        (folder / "model.json").write_text(json.dumps(accuracy, indent=2) + "\n")
        print(name, accuracy, flush=True)
        model.save(file)
    model = keras.models.load_model(file)
    return ean.improve(
        model, **parts, attention=MODULES, folder=folder / "improved", seeds=seeds, minutes=minutes, search=search
    )


def main(
    out: Path,
    source: Path,
    train: int,
    epochs: int,
    seeds: int,
    minutes: float | None,
    steps: int,
    chosen: Sequence[str] = tuple(MODELS),
) -> dict[str, str]:
    """The tables by model, as they are written to results.json."""
    parts, tables = images(source, train), {}
    for name in chosen:
        if name == "hub" and importlib.util.find_spec("keras_hub") is None:
            print("keras-hub is not installed: its backbone is left out.")
            continue
        search = {"options": {"max_steps": steps, "samples_per_step": 3}}
        result = improved(name, out / name, parts, epochs, seeds, minutes, search)
        tables[name] = str(result)
        (out / "results.json").write_text(json.dumps(tables, indent=2, ensure_ascii=False) + "\n")
        print(f"\n{name}\n{result}", flush=True)
    return tables


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/improve"))
    parser.add_argument("--data", type=Path, default=Path(".data/cifar10"))
    parser.add_argument("--train", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--model", action="append", choices=MODELS, help="one of the three; repeatable; default: all")
    asked = parser.parse_args()
    try:
        chosen = asked.model or tuple(MODELS)
        main(asked.out, asked.data, asked.train, asked.epochs, asked.seeds, asked.minutes, asked.steps, chosen)
    except OutOfTime as reason:
        print(reason)
        raise SystemExit(75) from None
