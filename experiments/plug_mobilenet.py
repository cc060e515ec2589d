"""A trained keras.applications.MobileNetV2 through plug → fine-tune → search → extract → export, on digits.

    python experiments/plug_mobilenet.py [folder]

Scikit-learn's digits, 8×8 grey, enlarged to 32×32×3. On data this easy attention has little to win; what is shown is
the way. Two CPU cores: 2 to 3 minutes.
"""

import sys
import time
from pathlib import Path

import keras
import numpy as np

from keras_ean import backend, data
from keras_ean.exporting import export
from keras_ean.plugging import attachment_points, plug_supernet
from keras_ean.search import ReinforceOracle, SchemeTuner

EPOCHS, FINE_TUNING_EPOCHS, SEARCH_STEPS = 8, 4, 12


def enlarged(split: data.Split) -> tuple[np.ndarray, np.ndarray]:
    """8×8×1 → 32×32×3."""
    return split.images.repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3), split.labels


def compiled(model: keras.Model, learning_rate: float) -> keras.Model:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=backend.jit_compile())
    return model


def accuracy(model: keras.Model, images, labels) -> float:
    return float((model.predict(images, verbose=0).argmax(-1) == labels).mean())


def somebodys_model(train) -> keras.Model:
    """A MobileNetV2 that knows nothing of attention."""
    model = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, weights=None, classes=10, classifier_activation=None
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # Its 0.999 is for ImageNet's many steps.
    compiled(model, 3e-3).fit(*train, batch_size=64, epochs=EPOCHS, verbose=0)
    return model


def main(folder: Path) -> None:
    start = time.perf_counter()

    def say(text: str) -> None:
        print(f"[{time.perf_counter() - start:5.1f} s] {text}", flush=True)

    keras.utils.set_random_seed(0)
    digits = data.load("digits")
    train, validation, test = (enlarged(split) for split in (digits.train, digits.validation, digits.test))

    model = somebodys_model(train)
    say(f"trained {model.name}: {model.count_params():,} parameters, test accuracy {accuracy(model, *test):.3f}")

    points = attachment_points(model)
    print(points)
    say(f"places drawn in {points.plot(folder / 'places.png')}")

    supernet = plug_supernet(model, "se", identity_init=True, seed=0)
    logits = model.predict(test[0], verbose=0)
    change = np.abs(supernet.predict(test[0], verbose=0) - logits).max() / np.abs(logits).max()
    say(
        f"plugged at {len(points)} places in {len(points.stages)} stages; logits changed by {change:.1g} of the largest"
    )

    compiled(supernet, 1e-3).fit(*train, batch_size=64, epochs=FINE_TUNING_EPOCHS, verbose=0)
    say(f"fine-tuned the supernet for {FINE_TUNING_EPOCHS} epochs of random schemes")

    oracle = ReinforceOracle(max_steps=SEARCH_STEPS, samples_per_step=3, seed=0)
    tuner = SchemeTuner(supernet, oracle, directory=folder, overwrite=True, calibration=train[0][:256])
    tuner.search(validation, verbose=0)
    scheme = tuner.best_scheme()
    say(f"scored {len(tuner.evaluations())} of {2 ** len(points)} schemes on the validation set; best: {scheme}")
    points.plot(folder / "scheme.png", scheme)

    network = compiled(supernet.extract(scheme), 1e-3)
    network.fit(*train, batch_size=64, epochs=FINE_TUNING_EPOCHS // 2, verbose=0)
    added = network.count_params() - model.count_params()
    say(f"extracted and fine-tuned: {added:+,} parameters, test accuracy {accuracy(network, *test):.3f}")

    model.optimizer.learning_rate = 1e-3
    model.fit(*train, batch_size=64, epochs=FINE_TUNING_EPOCHS + FINE_TUNING_EPOCHS // 2, verbose=0)
    say(f"for comparison, the model without attention after as many epochs: {accuracy(model, *test):.3f}")

    receipt = export(network, folder / "network", images=test[0][:16], scheme=scheme, verbose=False)
    say(f"exported, and read back in a fresh process: {receipt}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/plug_mobilenet"))
