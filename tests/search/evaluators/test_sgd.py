import keras
import numpy as np
import pytest
from keras import ops

from keras_ean.bench.spaces import StagedResNet
from keras_ean.recipes import Recipe
from keras_ean.search.evaluators.sgd import SGDSteps
from keras_ean.supernet.supernet import build_supernet

RECIPE = Recipe(epochs=1, batch_size=4, rate=0.1, momentum=0.8, nesterov=True, weight_decay=0.01)


@pytest.mark.backends
def test_a_network_of_nans_has_no_hits():
    body = build_supernet(StagedResNet((1, 1), 4), "eca", (6, 6, 1), classes=3).body
    steps = SGDSteps(body, RECIPE)
    trainable, *others = steps.initial()
    lost = [*trainable[:-1], trainable[-1] * np.nan]
    rest = [ops.convert_to_tensor(np.array([[1, 0]], "float32")), ops.zeros((5, 6, 6, 1)), ops.zeros(5, "int32")]
    assert float(steps.hits([trainable, *others], *rest)) in range(6)
    assert np.isnan(float(steps.hits([lost, *others], *rest)))


@pytest.mark.backends
def test_steps_are_those_of_fit():
    """Checked against `train_on_batch` with the recipe's own optimizer, weight by weight."""
    keras.utils.set_random_seed(0)
    body = build_supernet(StagedResNet((1, 1), 4), "eca", (6, 6, 1), classes=3).body
    draw = np.random.default_rng(0)
    images, labels = draw.normal(size=(8, 6, 6, 1)).astype("float32"), draw.integers(0, 3, 8).astype("int32")
    order, rows = np.array([[0, 3, 5, 6], [1, 2, 4, 7], [7, 0, 1, 3]], "int32"), np.array([[1, 0]], "float32")
    steps = SGDSteps(body, RECIPE)
    before = [np.array(ops.convert_to_numpy(v)) for v in body.variables]
    tensors = [ops.convert_to_tensor(x) for x in (rows, images, labels, order)]
    rates = ops.convert_to_tensor(np.array([0.1, 0.1, 0.1], "float32"))
    state, loss = steps.run(steps.initial(), *tensors, rates)
    for variable, value in zip(body.variables, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(variable), value)

    RECIPE.compile(body, steps_per_epoch=3)
    losses = []
    for chosen in order:
        batch = images[chosen], np.repeat(rows, 4, axis=0)
        body.reset_metrics()
        losses.append(body.train_on_batch(batch, labels[chosen], return_dict=True)["loss"])
    assert float(loss) == pytest.approx(np.mean(losses), abs=1e-4)
    trained = body.trainable_variables, body.non_trainable_variables
    for variables, values in zip(trained, state[:2], strict=True):
        for variable, value in zip(variables, values, strict=True):
            np.testing.assert_allclose(ops.convert_to_numpy(value), ops.convert_to_numpy(variable), atol=2e-4)
    hits = steps.hits(state, tensors[0], tensors[1], tensors[2])
    logits = body.predict_on_batch([images, np.repeat(rows, 8, axis=0)])
    assert int(hits) == int((logits.argmax(-1) == labels).sum())
