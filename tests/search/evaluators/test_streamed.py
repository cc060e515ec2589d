import numpy as np
import pytest

from keras_ean import Scheme, build_supernet, data
from keras_ean.data import CentreCrop, Split
from keras_ean.data.files import Ragged
from keras_ean.search import SupernetEvaluator
from keras_ean.search.evaluators.streamed import StreamedEvaluator

SCHEMES = [Scheme(bits) for bits in ("1 0 1", "0 0 0", "1 1 1")]


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", train=100, normalize=True)


@pytest.fixture(scope="module")
def supernet(digits):
    """Trained a little, so that schemes differ."""
    supernet = build_supernet("resnet8", "se", digits.shape, 10, seed=0)
    supernet.compile("sgd", "sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    for weight in supernet.body.weights:
        weight.assign(weight + np.abs(generator.normal(0, 0.3, weight.shape)))
    return supernet


@pytest.mark.parametrize("calibrated", [False, True])
def test_scores_are_those_of_the_whole_set_in_memory(supernet, digits, calibrated):
    images = digits.train.arrays()[0][:64] if calibrated else None
    whole = SupernetEvaluator(supernet, digits.validation.arrays(), batch_size=50, calibration=images)
    streamed = StreamedEvaluator(supernet, digits.validation, batch_size=50, calibration=images)
    assert streamed.images == len(digits.validation) == 287
    for share in (1.0, 0.4):
        truth, scores = whole.score(SCHEMES, share), streamed.score(SCHEMES, share)
        for one, other in zip(truth, scores, strict=True):
            assert other == pytest.approx(one, rel=1e-5)
    assert len({score["loss"] for score in truth}) == 3


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
    scores = StreamedEvaluator(supernet, counted, batch_size=4).score(SCHEMES)
    assert asked == [4, 4, 4]  # Once for all schemes.
    kept = lazy.prepared()
    assert kept.in_memory
    assert kept.images.dtype == np.uint8
    assert np.array_equal(kept.arrays()[0], lazy.arrays()[0])
    assert StreamedEvaluator(supernet, kept, batch_size=4).score(SCHEMES) == scores


def test_what_cannot_be_scored(supernet, digits):
    with pytest.raises(ValueError, match="no images"):
        StreamedEvaluator(supernet, digits.validation.take(np.arange(0)))
    with pytest.raises(ValueError, match="above 0 and at most 1, not 0"):
        StreamedEvaluator(supernet, digits.validation).score(SCHEMES, share=0)
