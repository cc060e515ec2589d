import keras
import numpy as np
import pytest

from keras_ean.optimize import cluster, prune
from keras_ean.optimize.clustering import Shared, share

from .conftest import compiled

pytestmark = pytest.mark.tensorflow


def fit(model, images, *callbacks, epochs=2):
    x, y = images
    model.fit(x, y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(callbacks))


@pytest.mark.parametrize(("jit", "steps"), [(False, 1), (False, 3), (True, 1)])
def test_number_of_weights_after_every_step(network, images, jit, steps):
    compiled(network, jit_compile=jit, steps_per_execution=steps)
    clustering = cluster(network, 8)
    before = []
    probe = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: before.append(max(clustering.unique.values()))
    )
    fit(network, images, clustering, probe)
    assert max(before) == 8


@pytest.mark.usefixtures("eagerly")
def test_centroids_learn_and_zeros_stay(network, images):
    fit(network, images, prune(network, 0.8), epochs=4)
    clustering = cluster(network, 16)
    zero = {path: np.asarray(kernel.value) == 0 for path, kernel in clustering.kernels.items()}
    start = {}
    probe = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: start.update({path: np.array(k.value) for path, k in clustering.kernels.items()})
    )
    fit(network, images, clustering, probe)
    for path, kernel in clustering.kernels.items():
        value = np.asarray(kernel.value)
        assert ((value == 0) == zero[path]).all()
        assert len(np.unique(value)) <= 16
    assert any(not np.allclose(start[path], kernel.value) for path, kernel in clustering.kernels.items())
    assert all(weight.constraint is None for weight in network.trainable_weights)


@pytest.mark.usefixtures("eagerly")
def test_training_goes_on_with_the_same_clusters(network, images):
    fit(network, images, cluster(network, 8))
    groups = {w.path: np.unique(np.asarray(w.value), return_inverse=True)[1] for w in network.trainable_weights}
    clustering = cluster(network, 8)
    fit(network, images, clustering)
    for path, kernel in clustering.kernels.items():
        same = np.unique(np.asarray(kernel.value), return_inverse=True)[1].ravel()
        pairs = set(zip(same.tolist(), groups[path].ravel().tolist(), strict=True))
        assert len(pairs) == len(set(same.tolist()))


def test_shared_takes_the_mean_of_each_cluster():
    constraint = Shared(np.array([0, 1, 1, 2, 2, 2]), 3, fixed_zero=True)
    kernel = keras.ops.convert_to_tensor([[9.0, 1.0, 3.0], [0.0, 3.0, 6.0]])
    np.testing.assert_allclose(constraint(kernel), [[0, 2, 2], [3, 3, 3]], rtol=1e-6)


def test_a_cluster_of_one_weight_keeps_it_and_an_empty_one_does_no_harm():
    constraint = Shared(np.array([0, 2, 2, 3, 0, 2]), 5, fixed_zero=False)
    np.testing.assert_allclose(constraint.scale, [1 / 2, 0, 1 / 3, 1, 0])
    kernel = keras.ops.convert_to_tensor([1.0, 3.0, 5.0, 7.0, 2.0, 4.0])
    np.testing.assert_allclose(constraint(kernel), [1.5, 4, 4, 7, 1.5, 4], rtol=1e-6)
    np.testing.assert_allclose(Shared(np.arange(6), 6, fixed_zero=True)(kernel), [0, 3, 5, 7, 2, 4])


def test_share_without_preserving_zeros():
    values = np.concatenate([np.zeros(50), np.random.default_rng(0).normal(size=50)]).astype("float32")
    centroids, indices = share(values, 4, "linear", preserve_sparsity=False)
    assert len(centroids) == 4
    assert (centroids[indices] == 0).sum() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(({"clusters": wrong}, f"at least 2, not {wrong}") for wrong in (1, True, 4.0)),
        ({"initializer": "k"}, "Unknown centroid"),
    ],
)
def test_refuses(network, options, message):
    with pytest.raises(ValueError, match=message):
        cluster(network, **options)
