"""Validation images that are read batch by batch, and those that stay on the device."""

from dataclasses import replace

import numpy as np
import pytest

from keras_ean import Scheme, build_supernet, data
from keras_ean.data import CentreCrop, Split
from keras_ean.data.files import Ragged
from keras_ean.search import ReinforceOracle, SchemeTuner, SupernetEvaluator
from tests.small_backbone import Small

SCHEMES = [Scheme(bits) for bits in ("1 0 1", "0 0 0", "1 1 1")]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", train=100, normalize=True)


@pytest.fixture(scope="module")
def supernet(digits):
    """Trained a little, so that schemes differ."""
    supernet = build_supernet(Small((1, 1, 1)), "se", digits.shape, 10, seed=0)
    supernet.compile("sgd", "sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    for weight in supernet.body.weights:
        weight.assign(weight + np.abs(generator.normal(0, 0.3, weight.shape)))
    return supernet


@pytest.mark.parametrize(("calibrated", "schemes_per_pass"), [(False, 1), (True, 1), (False, 2)])
def test_scores_are_those_of_the_whole_set_in_memory(supernet, digits, calibrated, schemes_per_pass):
    images = digits.train.arrays()[0][:64] if calibrated else None
    whole, streamed = (
        SupernetEvaluator(supernet, data, 50, images, schemes_per_pass)
        for data in (digits.validation.arrays(), digits.validation)
    )
    assert streamed.images == len(digits.validation) == 287
    for share in (1.0, 0.4):
        truth = whole.score(SCHEMES, share)
        assert streamed.score(SCHEMES, share) == truth
    assert len({score["loss"] for score in truth}) == 3
    assert streamed.settings().keys() == whole.settings().keys()
    assert (whole.schemes_per_pass, streamed.schemes_per_pass) == (schemes_per_pass, 16)


def test_images_of_several_sizes_are_read_batch_by_batch(supernet):
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 256, (8 + i % 3, 9, 1), "uint8") for i in range(11)]
    lazy = Split(Ragged(images), np.arange(11) % 10, prepare=CentreCrop((8, 8)))
    asked = []

    class Counted(Ragged):
        def __getitem__(self, rows):
            asked.append(len(rows))
            return super().__getitem__(rows)

    counted = Split(Counted(images), lazy.labels, prepare=lazy.prepare)
    evaluator = SupernetEvaluator(supernet, counted, batch_size=4)
    asked.clear()
    scores = evaluator.score(SCHEMES)
    assert asked == [4, 4, 4]  # Once for all schemes.
    kept = lazy.prepared()
    assert kept.in_memory
    assert kept.images.dtype == np.uint8
    assert np.array_equal(kept.arrays()[0], lazy.arrays()[0])
    assert SupernetEvaluator(supernet, kept, batch_size=4).score(SCHEMES) == scores


@pytest.mark.parametrize("changed", ["labels", "images", "calibration"])
def test_a_search_is_not_resumed_on_other_images(supernet, digits, tmp_path, changed):
    split, calibration = digits.validation, digits.train.arrays()[0][:16]

    def search(split, calibration):
        oracle = ReinforceOracle(max_steps=1, samples_per_step=2, seed=0, compare_random=False)
        evaluator = SupernetEvaluator(supernet, split, calibration=calibration)
        tuner = SchemeTuner(supernet, oracle, evaluator=evaluator, directory=tmp_path)
        tuner.search(verbose=0)
        return [one.metrics for one in tuner.evaluations()]

    scores = search(split, calibration)
    assert search(split, calibration.copy()) == scores
    others = {
        "labels": (replace(split, labels=9 - split.labels), calibration),
        "images": (replace(split, images=split.images[::-1]), calibration),
        "calibration": (split, calibration + 1),
    }
    with pytest.raises(
        ValueError, match="validation images have changed|images of the calibration have changed"
    ) as error:
        search(*others[changed])
    assert ("the calibration have changed" in str(error.value)) == (changed == "calibration")


def test_what_cannot_be_scored(supernet, digits):
    with pytest.raises(ValueError, match="no images"):
        SupernetEvaluator(supernet, digits.validation.take(np.arange(0)))
    with pytest.raises(ValueError, match="above 0 and at most 1, not 0"):
        SupernetEvaluator(supernet, digits.validation).score(SCHEMES, share=0)
    with pytest.raises(ValueError, match="labels from 1 to 10"):
        SupernetEvaluator(supernet, replace(digits.validation, labels=digits.validation.labels + 1))
