"""A trained supernet searched in one process, and by a chief and two workers. Run as a module; prints both as JSON."""

import json
import signal
import sys
from pathlib import Path

import keras
import numpy as np

from keras_ean import build_supernet
from keras_ean.search import SchemeTuner, SurrogateOracle
from keras_ean.search.host.launch import free_port
from keras_ean.search.host.store import Store
from keras_ean.search.state import pack
from tests.shortcuts import eagerly
from tests.small_backbone import Small

from .processes import FOREVER, died_of, fork


def images(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """48 images of three classes that can be told apart, 8×8."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, 48)
    return (generator.normal(size=(48, 8, 8, 1)) + labels[:, None, None, None]).astype("float32"), labels


def supernet():
    keras.utils.set_random_seed(0)
    return build_supernet(Small((3, 2)), "se", (8, 8, 1), classes=3, seed=0)


def train(file: Path) -> None:
    model = supernet()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05), loss, run_eagerly=True)
    model.fit(*images(0), batch_size=16, epochs=2, verbose=0)
    np.savez(file, *model.get_weights())


def search(folder: Path, weights: Path) -> None:
    model = supernet()
    with np.load(weights) as kept:
        model.set_weights([kept[name] for name in kept.files])
    tuner = SchemeTuner(
        model,
        SurrogateOracle(max_steps=2, samples_per_step=3, seed=0, lease=FOREVER),
        directory=folder,
        calibration=images(1)[0],
        batch_size=20,
        schemes_per_pass=3,
    )
    with eagerly():
        tuner.search(images(2), verbose=0)


def outcome(folder: Path) -> list:
    store = Store(folder / "search/search.sqlite")
    scores = [[str(one.scheme), one.reward, dict(one.metrics), one.origin] for one in store.evaluations()]
    return [sorted(scores), store.steps(), pack(store.value("phases"))]


if __name__ == "__main__":
    root = Path(sys.argv[1])
    weights = root / "weights.npz"
    assert not died_of(fork(lambda: train(weights)), signal.SIGKILL)
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(free_port())}
    names = ("chief", "worker0", "worker1")
    processes = [fork(lambda: search(root / "many", weights), KERASTUNER_TUNER_ID=name, **address) for name in names]
    for process in [*processes, fork(lambda: search(root / "one", weights))]:
        assert not died_of(process, signal.SIGKILL)
    print(json.dumps([outcome(root / "one"), outcome(root / "many")]))
