import keras
import numpy as np
import pytest

from keras_ean.optimize import prune

from .conftest import compiled

pytestmark = pytest.mark.tensorflow


def fit(model, images, *callbacks, epochs=4, **options):
    x, y = images
    return model.fit(x, y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks), **options)


def zeros(model, pruning):
    kernels = [np.asarray(kernel.value) for kernel in pruning.kernels.values()]
    return [int((kernel == 0).sum()) for kernel in kernels], [round(0.8 * kernel.size) for kernel in kernels]


@pytest.mark.parametrize(("jit", "steps"), [(False, 1), (False, 3), (True, 1)])
def test_final_sparsity_is_exact(network, images, jit, steps):
    compiled(network, jit_compile=jit, steps_per_execution=steps)
    pruning = prune(network, 0.8)
    fit(network, images, pruning)
    found, wanted = zeros(network, pruning)
    assert found == wanted


@pytest.mark.usefixtures("eagerly")
def test_zeros_hold_between_updates_and_weights_still_learn(network, images):
    pruning = prune(network, 0.5, "constant", end=1, begin=0)
    kernel = next(iter(pruning.kernels.values()))
    seen = []
    probe = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(np.array(kernel.value)))
    fit(network, images, pruning, probe)
    frozen = seen[1] == 0
    assert frozen.sum() == round(0.5 * frozen.size)
    assert all(((value == 0) == frozen).all() for value in seen[1:])
    assert not np.allclose(seen[1], seen[-1])


@pytest.mark.usefixtures("eagerly")
def test_sparsity_grows_as_scheduled(network, images):
    pruning = prune(network, 0.8, begin=2, end=12, frequency=1)
    seen = []
    probe = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(pruning.sparsity))
    fit(network, images, pruning, probe)
    expected = [0.8 * (1 - (1 - min(1, max(0, (step - 2) / 10))) ** 3) for step in range(1, 17)]
    np.testing.assert_allclose(seen, expected, atol=0.02)


@pytest.mark.parametrize(
    ("options", "first", "last", "every"),
    [
        ({"begin": 0.1, "end": 0.745}, 20, 149, 2),
        ({"begin": 20, "end": 150}, 20, 150, 2),
        ({"begin": 20, "end": 60}, 20, 60, 1),
        ({"begin": 20, "end": 150, "frequency": 7}, 20, 150, 7),
    ],
)
def test_masks_are_renewed_fifty_times_at_the_most_unless_it_is_said_how_often(network, options, first, last, every):
    pruning = prune(network, 0.8, **options)
    pruning.set_params({"steps": 10, "epochs": 20})
    pruning.set_model(network)
    pruning.on_train_begin()
    pruning.on_epoch_begin(0)
    assert (pruning.first, pruning.last, pruning.every, pruning.due) == (first, last, every, first)
    pruning.update(first)
    assert pruning.due == first + every
    pruning.update(last - 1)
    assert pruning.due == last
    pruning.update(last)
    assert pruning.due == np.inf


@pytest.mark.usefixtures("eagerly")
def test_resumed_training_ends_with_the_same_sparsity(network, images, tmp_path):
    with pytest.warns(
        UserWarning, match=r"ended at step 8, before the pruning schedule's end at 12: 7\d\.\d% of the weights are zero"
    ):
        fit(network, images, prune(network, 0.8, begin=0, end=12), epochs=2)
    network.save(tmp_path / "half.keras")
    resumed = keras.saving.load_model(tmp_path / "half.keras")
    pruning = prune(resumed, 0.8, begin=0, end=12)
    before = [np.asarray(kernel.value) == 0 for kernel in pruning.kernels.values()]
    seen = []
    probe = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(pruning.sparsity))
    fit(resumed, images, pruning, probe, epochs=4, initial_epoch=2)
    found, wanted = zeros(resumed, pruning)
    assert found == wanted
    assert seen[0] > 0.7
    after = [np.asarray(kernel.value) == 0 for kernel in pruning.kernels.values()]
    assert all((old <= new).all() for old, new in zip(before, after, strict=True))


@pytest.mark.usefixtures("eagerly")
def test_stripped_model_is_plain(network, images, tmp_path):
    names, config = [w.path for w in network.weights], network.to_json()
    fit(network, images, prune(network, 0.8))
    assert [w.path for w in network.weights] == names
    assert network.to_json() == config
    assert all(weight.constraint is None for weight in network.trainable_weights)
    fit(network, images, epochs=1)
    network.save(tmp_path / "plain.keras")
    again = keras.saving.load_model(tmp_path / "plain.keras")
    np.testing.assert_array_equal(again(images[0]), network(images[0]))


@pytest.mark.usefixtures("eagerly")
def test_constraints_of_the_layer_are_kept(images):
    model = compiled(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(16, kernel_constraint="non_neg"),
                keras.layers.Dense(10),
            ]
        )
    )
    fit(model, images, prune(model, 0.5))
    kernel = np.asarray(model.layers[1].kernel.value)
    assert kernel.min() >= 0
    assert (kernel == 0).mean() >= 0.5
    assert isinstance(model.layers[1].kernel.constraint, keras.constraints.NonNeg)


@pytest.mark.usefixtures("eagerly")
def test_two_of_four(network, images):
    pruning = prune(network, 0.5, "constant", pattern="2:4")
    fit(network, images, pruning)
    assert "stem_conv/kernel" in pruning.skipped
    for kernel in pruning.kernels.values():
        value = np.moveaxis(np.asarray(kernel.value), -2, -1).reshape(-1, 4)
        assert ((value == 0).sum(1) == 2).all()


@pytest.mark.usefixtures("eagerly")
def test_blocks_take_dense_kernels_only(network, images):
    pruning = prune(network, 0.5, "constant", pattern=(4, 2))
    fit(network, images, pruning)
    assert all(len(kernel.shape) == 2 for kernel in pruning.kernels.values())
    blocks = np.asarray(pruning.kernels["logits/kernel"].value).reshape(2, 4, 5, 2)
    assert np.isin((blocks == 0).sum((1, 3)), (0, 8)).all()


def test_select(network):
    assert list(prune(network, select=lambda layer: layer.name == "logits").kernels) == ["logits/kernel"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sparsity": 1.0}, "between 0 and 1, not 1.0"),
        ({"sparsity": 0.0}, "between 0 and 1, not 0.0"),
        ({"sparsity": True}, "between 0 and 1, not True"),
        ({"sparsity": 0.8, "pattern": "2:4"}, "has a sparsity of 0.5, not 0.8"),
        ({"pattern": "4:8"}, "not '4:8'"),
        ({"schedule": "cubic"}, "Unknown pruning schedule 'cubic'"),
        ({"select": lambda layer: False}, "No convolution or dense layer"),
    ],
)
def test_refuses(network, options, message):
    with pytest.raises(ValueError, match=message):
        prune(network, **options)


def test_refuses_another_model(network, images):
    other = compiled(keras.models.clone_model(network))
    with pytest.raises(ValueError, match="was made for 'network'"):
        fit(other, images, prune(network))
