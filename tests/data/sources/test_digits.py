import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_ean import data


def sources(split) -> set[bytes]:
    return {image.tobytes() for image in split.images}


def test_the_splits_are_a_partition_of_the_1797_digits():
    digits = data.load("digits")
    splits = digits.train, digits.validation, digits.test
    assert sum(map(len, splits)) == 1797
    assert len(set().union(*map(sources, splits))) == 1797
    truth = {
        image.tobytes(): label for image, label in zip(np.float32(load_digits().images / 16), load_digits().target)
    }
    for split in splits:
        assert [truth[image.tobytes()] for image in split.images] == split.labels.tolist()
        assert np.bincount(split.labels).min() > 0.09 * len(split)


def test_light_shows_each_training_image_several_times_and_keeps_labels():
    plain, lit = data.load("digits"), data.load("digits", light=True, draws=3, test_draws=2)
    assert len(lit.train) == 3 * len(plain.train)
    assert len(lit.test) == 2 * len(plain.test)
    assert np.array_equal(lit.test.labels, np.repeat(plain.test.labels, 2))
    assert len(sources(lit.train)) == len(lit.train)
    correlation = [
        abs(np.corrcoef(a.ravel(), b.ravel())[0, 1])
        for a, b in zip(lit.test.images, np.repeat(np.asarray(plain.test.images), 2, axis=0))
    ]
    assert np.median(correlation) > 0.9


def test_a_seed_gives_the_same_again_and_another_one_does_not():
    first, again, other = (data.load("digits", light=True, seed=seed) for seed in (1, 1, 2))
    for split in ("train", "validation", "test"):
        assert np.array_equal(getattr(first, split).images, getattr(again, split).images)
        assert not np.array_equal(getattr(first, split).images, getattr(other, split).images)


def test_fewer_training_images_are_even_over_the_classes_and_leave_the_other_splits():
    whole, few = data.load("digits"), data.load("digits", train=300)
    assert np.bincount(few.train.labels).tolist() == [30] * 10
    assert sources(few.train) < sources(whole.train)
    assert np.array_equal(few.test.images, whole.test.images)


def test_statistics_and_normalisation():
    digits = data.load("digits", normalize=True)
    assert digits.mean[0] == pytest.approx(np.asarray(digits.train.images).mean(), rel=1e-5)
    assert digits.std[0] == pytest.approx(np.asarray(digits.train.images).std(), rel=1e-5)
    images, _ = digits.train.arrays()
    assert images.mean() == pytest.approx(0, abs=1e-4)
    assert images.std() == pytest.approx(1, abs=1e-4)
    test, _ = digits.test.arrays()
    assert np.allclose(test, (np.asarray(digits.test.images) - digits.mean[0]) / digits.std[0], atol=1e-5)


@pytest.mark.parametrize("options", [{"train": 9}, {"train": 5000}, {"draws": 0}, {"test": 0}, {"validation": 1.0}])
def test_sizes_out_of_range(options):
    with pytest.raises(ValueError, match="must be|share"):
        data.load("digits", **options)


def test_images_of_one_digit_under_several_lights_are_told():
    lit = data.load("digits", light=True, draws=3, test_draws=2)
    assert (lit.subject, len(np.unique(lit.train.subjects)), len(np.unique(lit.test.subjects))) == (
        "originals",
        1151,
        359,
    )
    for split in (lit.train, lit.test):
        _, counts = np.unique(split.subjects, return_counts=True)
        assert (counts == (3 if split is lit.train else 2)).all()
        labels = [set(split.labels[split.subjects == subject]) for subject in split.subjects[:20]]
        assert all(len(one) == 1 for one in labels)
    assert np.array_equal(lit.test.take(np.array([3, 0])).subjects, lit.test.subjects[[3, 0]])
    assert data.load("digits").test.subjects is None
    assert data.load("digits", light=True).test.subjects is None
