from functools import cache

import keras
import numpy as np
import pytest

from keras_ean import Scheme, backend, build_supernet, plug_supernet
from keras_ean.search import SupernetEvaluator
from keras_ean.search.evaluators.supernet import usual_schemes_per_pass
from tests.small_backbone import Small

pytestmark = pytest.mark.backends
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


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(32, 8, 8, 1)).astype("float32"), generator.integers(0, 10, 32)


@pytest.fixture(scope="module")
def evaluator_of(supernet, data):
    """Evaluators by batch size, schemes per pass, and whether BatchNorm is calibrated; each compiled once."""

    @cache
    def make(batch_size, schemes_per_pass, calibrated=False):
        calibration = data[0] if calibrated else None
        return SupernetEvaluator(supernet, data, batch_size, calibration, schemes_per_pass)

    return make


@pytest.mark.parametrize("schemes_per_pass", [1, 2])
@pytest.mark.parametrize("batch_size", [32, 12])
def test_scores_equal_evaluate(supernet, data, evaluator_of, batch_size, schemes_per_pass):
    scores = evaluator_of(batch_size, schemes_per_pass).score(SCHEMES)
    for scheme, score in zip(SCHEMES, scores, strict=True):
        truth = supernet.evaluate(*data, scheme=scheme, return_dict=True, verbose=0)
        assert score["accuracy"] == pytest.approx(truth["accuracy"], abs=1e-6)
        assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


def test_images_are_scored_in_parts_as_in_one(evaluator_of):
    evaluator = evaluator_of(12, 2)
    whole = evaluator.outcomes(SCHEMES)
    parts = [evaluator.outcomes(SCHEMES, *part) for part in ((0, 12), (12, 17), (17, None))]
    assert whole["accuracy"].shape == (len(SCHEMES), 32)
    for name, values in whole.items():
        assert (np.concatenate([part[name] for part in parts], axis=1) == values).all()
        assert [score[name] for score in evaluator.score(SCHEMES)] == values.mean(axis=1).tolist()


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_score_is_the_same_bit_for_bit_alone_and_in_a_pass_with_others(evaluator_of, calibrated):
    evaluator = evaluator_of(12, 2, calibrated)
    together = evaluator.score(SCHEMES)
    assert together == [evaluator.score([scheme])[0] for scheme in SCHEMES]
    assert together[::-1] == evaluator.score(SCHEMES[::-1])
    assert len({score["loss"] for score in together}) == len(SCHEMES)
    assert evaluator.score([]) == []
    singly = evaluator_of(12, 1, calibrated).score(SCHEMES)
    for score, single in zip(together, singly, strict=True):
        assert score["accuracy"] == pytest.approx(single["accuracy"], abs=1e-6)
        assert score["loss"] == pytest.approx(single["loss"], rel=1e-4)


def test_a_pass_has_as_many_schemes_as_pay_on_the_device(supernet, data, monkeypatch):
    shapes = [(256, (32, 32, 3)), (256, (64, 64, 3)), (1, (8, 8, 1)), (4096, (64, 64, 1)), (256, (32, 48, 3))]
    assert [usual_schemes_per_pass(*shape) for shape in shapes] == [1] * 5
    monkeypatch.setattr(SupernetEvaluator, "_alike", lambda self: pytest.fail("One scheme has no other places."))
    assert SupernetEvaluator(supernet, data).schemes_per_pass == 1
    assert SupernetEvaluator(supernet, data, schemes_per_pass=4, at_once=1).schemes_per_pass == 1
    monkeypatch.setattr(backend, "accelerated", lambda: True)
    assert [usual_schemes_per_pass(*shape) for shape in shapes] == [16, 4, 16, 1, 10]


def test_a_pass_has_one_scheme_where_its_places_differ(supernet, data, evaluator_of, monkeypatch):
    monkeypatch.setattr(SupernetEvaluator, "_alike", lambda self: False)
    evaluator = SupernetEvaluator(supernet, data, schemes_per_pass=4)
    assert evaluator.schemes_per_pass == 1
    assert evaluator.score(SCHEMES) == evaluator_of(32, 1).score(SCHEMES)


def test_a_share_is_a_sample_of_the_images(supernet, images):
    evaluator = SupernetEvaluator(supernet, images, batch_size=5, seed=3)
    first = np.random.default_rng(3).permutation(32)[:8]
    [score] = evaluator.score(SCHEMES[:1], share=0.25)
    truth = supernet.evaluate(images[0][first], images[1][first], return_dict=True, verbose=0)
    assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


@pytest.mark.parametrize("batch_size", [32, 12])
def test_the_network_that_is_extracted_is_the_one_that_was_scored(supernet, data, evaluator_of, batch_size):
    schemes = SCHEMES[:3]
    scores = evaluator_of(batch_size, 1, True).score(schemes)
    for scheme, score in zip(schemes, scores, strict=True):
        network = supernet.extract(scheme, calibrate=data[0], batch_size=batch_size)
        network.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        truth = network.evaluate(*data, return_dict=True, verbose=0)
        assert score["accuracy"] == pytest.approx(truth["accuracy"], abs=1e-6)
        assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


def test_settings_change_with_all_that_scores_depend_on(supernet, images):
    x, y = images
    variants = [
        SupernetEvaluator(supernet, (x, y)),
        SupernetEvaluator(supernet, (x, 9 - y)),
        SupernetEvaluator(supernet, (x + 1, y)),
        SupernetEvaluator(supernet, (x, y), batch_size=8),
        SupernetEvaluator(supernet, (x, y), calibration=x),
        SupernetEvaluator(supernet, (x, y), calibration=x + 1),
        SupernetEvaluator(supernet, (x, y), seed=1),
    ]
    assert len({str(variant.settings()) for variant in variants}) == len(variants)
    same = SupernetEvaluator(supernet, (x.copy(), y.astype("int32")[:, None]), schemes_per_pass=4)
    assert same.settings() == variants[0].settings()
    calibrated, digest = variants[4], same.settings()["validation_set"]
    known = {"validation_set": digest, "calibration": calibrated.calibrator.digest, "batch_size": 32, "seed": 0}
    assert calibrated.settings() == known
    assert same.settings() == {**known, "calibration": None}


@pytest.mark.parametrize("schemes_per_pass", [1, 2])
def test_scoring_leaves_the_supernet_bit_identical(supernet, evaluator_of, schemes_per_pass):
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in supernet.variables]
    evaluator_of(12, schemes_per_pass, True).score(SCHEMES)
    for old, new in zip(before, supernet.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_shares_are_checked(supernet, images, share):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        SupernetEvaluator(supernet, images).score(SCHEMES, share=share)


def test_bad_data_are_refused(supernet):
    with pytest.raises(ValueError, match="schemes_per_pass is 1 or more"):
        SupernetEvaluator(supernet, (np.zeros((4, 8, 8, 1)), np.zeros(4)), schemes_per_pass=0)
    with pytest.raises(ValueError, match="no images"):
        SupernetEvaluator(supernet, (np.zeros((0, 8, 8, 1)), np.zeros(0)))
    with pytest.raises(ValueError, match="one bit per block"):
        SupernetEvaluator(supernet, (np.zeros((4, 8, 8, 1)), np.zeros(4))).score([(0, 1)])


@pytest.mark.parametrize("norm", [lambda: keras.layers.GroupNormalization(2), keras.layers.Identity])
@pytest.mark.parametrize("schemes_per_pass", [1, 2])
def test_networks_without_moving_statistics_are_scored(data, norm, schemes_per_pass):
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, padding="same")(inputs)
    for _ in range(2):
        x = keras.layers.add([x, keras.layers.Conv2D(4, 3, padding="same")(keras.layers.ReLU()(norm()(x)))])
    plain = keras.Model(inputs, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x)))
    supernet = plug_supernet(plain, "se")
    assert not supernet.body.non_trainable_variables
    supernet.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    for calibration in (None, data[0]):
        scores = SupernetEvaluator(supernet, data, 16, calibration, schemes_per_pass).score(["01", "10"])
        for scheme, score in zip(("01", "10"), scores, strict=True):
            truth = supernet.evaluate(*data, scheme=scheme, return_dict=True, verbose=0)
            assert score["accuracy"] == pytest.approx(truth["accuracy"], abs=1e-6)
            assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)


def test_a_network_without_trainable_weights_is_scored(data):
    supernet = build_supernet(Small(STAGES), "eca", (8, 8, 1), classes=10, seed=0)
    [truth] = SupernetEvaluator(supernet, data).score(SCHEMES[:1])
    supernet.trainable = False
    assert not supernet.body.trainable_variables
    assert SupernetEvaluator(supernet, data).score(SCHEMES[:1]) == [truth]
