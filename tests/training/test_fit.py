"""A training is traced once, though its metrics are named by texts."""

import keras
import numpy as np
import pytest

from keras_ean import build_supernet
from keras_ean.data.examples import Examples
from keras_ean.training import Task, fit
from tests.small_backbone import Small


class Traces(keras.layers.Layer):
    """Counts how often Python runs through it."""

    count = 0

    def call(self, x):
        Traces.count += 1
        return x


def network():
    image = keras.Input((4,))
    x = Traces()(image)
    return keras.Model(image, {name: keras.layers.Dense(1, name=name)(x) for name in ("first", "second")})


def one_output():
    return keras.Sequential([keras.Input((4,)), Traces(), keras.layers.Dense(1)])


def trained(model, examples, folder, **compiled):
    model.compile("sgd", "mse", **compiled)
    task = Task(model)
    task.compile(model)
    Traces.count = 0
    fit(model, examples.batches(8, shuffle=True), 1, folder, verbose=0)
    return model


@pytest.mark.tensorflow
def test_steps_are_traced_once(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(24, 4)), np.ones((24, 1), "float32")
    model = trained(one_output(), Examples(x, y), tmp_path / "one", metrics=["mae"])
    assert Traces.count == 1
    assert float(model.get_metrics_result()["mae"]) > 0


@pytest.mark.tensorflow
def test_metrics_begin_at_nothing(tmp_path):
    x = np.zeros((8, 4), "float32")
    model = keras.Sequential([keras.Input((4,)), Traces(), keras.layers.Dense(1, kernel_initializer="zeros")])
    model = trained(model, Examples(x, np.full((8, 1), 3.0)), tmp_path / "nothing", metrics=["mae"])
    assert float(model.get_metrics_result()["mae"]) == pytest.approx(3)


@pytest.mark.tensorflow
def test_several_outputs_and_weights(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(24, 4)), np.ones((24, 1), "float32")
    weights = {"first": np.ones(24, "float32"), "second": np.zeros(24, "float32")}
    examples = Examples(x, {"first": y, "second": 2 * y}, weights)
    metrics = {"first": ["mae"], "second": ["mse"]}
    model = trained(network(), examples, tmp_path / "two", metrics=metrics, weighted_metrics=metrics)
    assert float(model.get_metrics_result()["first_mae"]) > 0


@pytest.mark.tensorflow
def test_a_supernets_metrics_are_those_of_its_outputs(tmp_path):
    supernet = build_supernet(Small((1,)), "eca", (8, 8, 1), classes=3)
    examples = Examples(np.zeros((8, 8, 8, 1), "float32"), np.zeros(8, "int32"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    supernet.compile("sgd", loss, metrics=["accuracy"])
    supernet.optimizer.build(supernet.trainable_variables)
    fit(supernet, examples.batches(8), 1, tmp_path, verbose=0)
    assert 0 <= float(supernet.get_metrics_result()["accuracy"]) <= 1
