import keras
import numpy as np
import pytest
from small_backbone import Small

from keras_ean import Scheme, build_supernet
from keras_ean.search.evaluator import SupernetEvaluator, as_arrays

STAGES = (3, 1)
SCHEMES = [Scheme.full(STAGES), Scheme.empty(STAGES), *(Scheme.random(STAGES, seed=seed) for seed in range(3))]


@pytest.fixture(scope="module")
def supernet():
    keras.utils.set_random_seed(1)
    supernet = build_supernet(Small(STAGES), "se", (8, 8, 1), classes=10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    supernet.compile("sgd", loss, metrics=["accuracy"])
    generator = np.random.default_rng(0)
    supernet.fit(generator.normal(size=(64, 8, 8, 1)), generator.integers(0, 10, 64), epochs=2, verbose=0)
    return supernet


@pytest.mark.parametrize("schemes_per_pass", [1, 2])
@pytest.mark.parametrize("batch_size", [32, 12])
def test_scores_equal_evaluate(supernet, images, batch_size, schemes_per_pass):
    x, y = images
    evaluator = SupernetEvaluator(supernet, images, batch_size=batch_size, schemes_per_pass=schemes_per_pass)
    for scheme, score in zip(SCHEMES, evaluator.score(SCHEMES), strict=True):
        truth = supernet.evaluate(x, y, scheme=scheme, return_dict=True, verbose=0)
        assert score["accuracy"] == pytest.approx(truth["accuracy"], abs=1e-6)
        assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


def test_a_share_is_a_sample_of_the_images(supernet, images):
    evaluator = SupernetEvaluator(supernet, images, batch_size=5, seed=3)
    first = np.random.default_rng(3).permutation(32)[:8]
    [score] = evaluator.score(SCHEMES[:1], share=0.25)
    truth = supernet.evaluate(images[0][first], images[1][first], return_dict=True, verbose=0)
    assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


def test_calibrated_scores_are_those_of_a_network_with_the_schemes_statistics(supernet, images):
    x, y = images
    scheme = SCHEMES[2]
    network = supernet.extract(scheme)
    statistics = supernet.calibrate(scheme, x)
    for weight in network.non_trainable_weights:
        weight.assign(statistics[weight.path])
    logits = network.predict(x, verbose=0)
    [score] = SupernetEvaluator(supernet, images, calibration=x).score([scheme])
    assert score["accuracy"] == pytest.approx(np.mean(logits.argmax(-1) == y), abs=1e-6)


def test_scoring_leaves_the_supernet_bit_identical(supernet, images):
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in supernet.variables]
    SupernetEvaluator(supernet, images, calibration=images[0]).score(SCHEMES)
    for old, new in zip(before, supernet.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


def test_batches_become_arrays(images):
    x, y = images
    found = as_arrays(iter([(x[:20], y[:20]), (x[20:], y[20:])]))
    np.testing.assert_array_equal(found[0], x)
    np.testing.assert_array_equal(found[1], y)


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_shares_are_checked(supernet, images, share):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        SupernetEvaluator(supernet, images).score(SCHEMES, share=share)


def test_bad_data_are_refused(supernet):
    with pytest.raises(ValueError, match="no images"):
        SupernetEvaluator(supernet, (np.zeros((0, 8, 8, 1)), np.zeros(0)))
    with pytest.raises(ValueError, match="iterable of such batches"):
        SupernetEvaluator(supernet, 3)
    with pytest.raises(ValueError, match="one bit per block"):
        SupernetEvaluator(supernet, (np.zeros((4, 8, 8, 1)), np.zeros(4))).score([(0, 1)])
