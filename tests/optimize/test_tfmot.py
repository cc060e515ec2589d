"""The contract with modules of tfmot that are not public."""

import os
import subprocess
import sys

import numpy as np
import pytest

from keras_ean.optimize import tfmot

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def sparsity_at(schedule, step):
    return float(schedule(step)[1])


def test_polynomial_schedule_is_the_cubic_of_the_paper():
    schedule = tfmot.schedule("polynomial", 0.8, begin=10, end=110)
    found = [sparsity_at(schedule, step) for step in (10, 35, 60, 110, 500)]
    expected = [0.8 * (1 - (1 - min(1, (step - 10) / 100)) ** 3) for step in (10, 35, 60, 110, 500)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_constant_schedule():
    assert sparsity_at(tfmot.schedule("constant", 0.5, 0, 10), 3) == 0.5


@pytest.mark.parametrize("arguments", [("cubic", 0.5, 0, 10), ("polynomial", 1.0, 0, 10), ("polynomial", 0.5, 10, 0)])
def test_schedule_refuses(arguments):
    with pytest.raises(ValueError, match=r"Unknown pruning schedule 'cubic'|sparsity|step"):
        tfmot.schedule(*arguments)


def test_mask_keeps_the_largest(rng):
    kernel = rng.normal(size=(3, 3, 4, 8)).astype("float32")
    mask = tfmot.mask(kernel, tfmot.schedule("constant", 0.75, 0, 10), 3)
    assert mask.shape == kernel.shape
    assert mask.sum() == kernel.size / 4
    assert np.abs(kernel[mask == 1]).min() > np.abs(kernel[mask == 0]).max()


def test_two_of_four_along_the_input_channels(rng):
    kernel = rng.normal(size=(3, 3, 8, 5)).astype("float32")
    mask = tfmot.mask(kernel, tfmot.schedule("constant", 0.5, 0, 10), 3, zeros_of=(2, 4))
    groups = mask.reshape(3, 3, 2, 4, 5)
    assert (groups.sum(axis=3) == 2).all()
    magnitudes = np.abs(kernel).reshape(groups.shape)
    assert (np.where(groups == 1, magnitudes, np.inf).min(3) > np.where(groups == 0, magnitudes, 0).max(3)).all()


def test_blocks(rng):
    mask = tfmot.mask(
        rng.normal(size=(8, 6)).astype("float32"), tfmot.schedule("constant", 0.5, 0, 10), 3, block=(2, 3)
    )
    blocks = mask.reshape(4, 2, 2, 3).transpose(0, 2, 1, 3).reshape(8, 6)
    assert (blocks.min(1) == blocks.max(1)).all()
    assert mask.mean() == 0.5


@pytest.mark.parametrize("initializer", ["density", "kmeans++", "linear"])
def test_clusters_are_nearest(initializer, rng):
    values = rng.normal(size=500).astype("float32")
    centroids, indices = tfmot.cluster(values, 8, initializer)
    assert centroids.shape == (8,)
    np.testing.assert_array_equal(indices, np.abs(values[:, None] - centroids).argmin(1))


def test_import_leaves_no_trace():
    script = (
        "import os, sys\n"
        "from keras_ean.optimize import tfmot\n"
        "tfmot.mask(__import__('numpy').ones((4, 4), 'float32'), tfmot.schedule('constant', 0.5, 0, 1), 1)\n"
        "import tensorflow as tf, keras\n"
        "assert 'TF_USE_LEGACY_KERAS' not in os.environ\n"
        "assert tf.keras.layers.Dense is keras.layers.Dense, tf.keras.layers.Dense\n"
        "import subprocess\n"
        "code = 'import os; assert \"TF_USE_LEGACY_KERAS\" not in os.environ'\n"
        "sys.exit(subprocess.run([sys.executable, '-c', code]).returncode)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "TF_USE_LEGACY_KERAS"}
    outcome = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr[-1000:]


def test_a_value_of_the_user_stays(monkeypatch):
    monkeypatch.setenv(tfmot.VARIABLE, "0")
    with tfmot.contained():
        os.environ[tfmot.VARIABLE] = "1"
    assert os.environ[tfmot.VARIABLE] == "0"
