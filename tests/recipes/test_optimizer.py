import keras
import numpy as np
import pytest

from keras_ean.recipes import CoupledSGD

RATES = [0.1, 0.1, 0.01, 0.2]
GRADIENTS = [[1.0, -1.0, 0.5], [0.0, 2.0, -1.0], [-1.0, 0.5, 3.0], [2.0, 0.0, -2.0]]
START = [0.0, 1.0, 2.0]


def ours(**options) -> np.ndarray:
    weight = keras.Variable(START)
    optimizer = CoupledSGD(**options)
    optimizer.build([weight])
    for rate, gradient in zip(RATES, GRADIENTS):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.array(gradient)], [weight])
    return keras.ops.convert_to_numpy(weight.value)


@pytest.mark.backends
@pytest.mark.parametrize(
    ("nesterov", "expected"), [(False, [-0.524055, 0.412709, 1.356871]), (True, [-0.926678, 0.269208, 1.632584])]
)
def test_ends_where_pytorch_ends_also_when_the_rate_changes(nesterov, expected):
    """Recorded: torch.optim.SGD of PyTorch 2.13.0+cpu, momentum 0.9, weight_decay 0.3."""
    assert ours(momentum=0.9, l2=0.3, nesterov=nesterov) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_steps_are_those_of_pytorchs_documentation(momentum, l2, nesterov):
    weight, velocity = np.array(START), None
    for rate, gradient in zip(RATES, np.array(GRADIENTS)):
        gradient = gradient + l2 * weight
        velocity = gradient if velocity is None else momentum * velocity + gradient
        weight = weight - rate * (gradient + momentum * velocity if nesterov else velocity)
    assert ours(momentum=momentum, l2=l2, nesterov=nesterov) == pytest.approx(weight, abs=1e-6)


def test_two_steps_by_hand():
    weight = keras.Variable([2.0])
    optimizer = CoupledSGD(0.5, momentum=0.9, l2=0.1)
    optimizer.apply([keras.ops.array([1.0])], [weight])
    # v = 1 + 0.1·2 = 1.2; w = 2 − 0.5·1.2
    assert float(weight[0]) == pytest.approx(1.4)
    optimizer.apply([keras.ops.array([-1.0])], [weight])
    # v = 0.9·1.2 − 1 + 0.1·1.4 = 0.22; w = 1.4 − 0.5·0.22
    assert float(weight[0]) == pytest.approx(1.29)


def test_biases_and_batch_normalisation_decay_too():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization()])
    for weight in model.trainable_variables:
        weight.assign(np.ones(weight.shape))
    optimizer = CoupledSGD(0.5, momentum=0.9, l2=0.1)
    optimizer.apply([keras.ops.zeros(weight.shape) for weight in model.trainable_variables], model.trainable_variables)
    assert len(model.trainable_variables) == 4
    for weight in model.trainable_variables:
        assert keras.ops.convert_to_numpy(weight.value) == pytest.approx(0.95)


def test_serialises_with_its_state(tmp_path, images):
    x, y = images
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile(CoupledSGD(0.01, l2=0.2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=1, batch_size=32, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.l2 == 0.2
    for one in (model, loaded):
        one.fit(x, y, epochs=1, batch_size=32, verbose=0)
    for one, other in zip(model.get_weights(), loaded.get_weights()):
        assert one == pytest.approx(other, abs=1e-6)


def test_a_negative_decay_is_refused():
    with pytest.raises(ValueError, match="l2 must not be negative, got -1"):
        CoupledSGD(l2=-1)
