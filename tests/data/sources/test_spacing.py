"""The label is the spacing that the blue row asks for, and a narrow window tells nothing of it."""

import numpy as np
import pytest

from keras_ean.data import load
from keras_ean.data.sources.spacing import SIDE, Layout, draw, load_spacing


def spacing(row: np.ndarray, layout: Layout) -> int:
    """1 if the digits of this channel of an image, (rows, columns), stand far apart, 0 if near, by their first and
    last column."""
    inked = np.flatnonzero(row.any(axis=0))
    length = inked[-1] - inked[0]
    return int(abs(length - layout.length(layout.far)) < abs(length - layout.length(layout.near)))


def drawn(share: float, taught: float, images: int = 60, **changes):
    layout = Layout(**{"near": 6, "far": 10, "count": 3, "gap": 27, "play": 6} | changes)
    digits = np.ones((4, SIDE, SIDE), np.float32)
    return *draw(digits, images, share, taught, layout, np.random.default_rng(0)), layout


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_label_is_the_spacing_of_the_row_that_the_blue_one_asks_for(share):
    images, labels, layout = drawn(share, taught=0.0)
    shown = np.array([[spacing(image[..., channel], layout) for channel in range(3)] for image in images])
    red, green, blue = shown.T
    assert labels.tolist() == np.where(blue == 0, red, green).tolist()
    assert abs(np.mean(red != green) - share) < 0.2
    assert 0.3 < labels.mean() < 0.7
    assert 0.3 < blue.mean() < 0.7


def test_taught_images_have_a_blue_row_only_whose_spacing_is_the_label():
    images, labels, layout = drawn(0.75, taught=1.0)
    assert not images[..., :2].any()
    assert labels.tolist() == [spacing(image[..., 2], layout) for image in images]


@pytest.mark.parametrize(("near", "far"), [(6, 10), (20, 28)])
def test_a_window_of_near_and_one_columns_sees_one_digit_and_no_border_with_it(near, far):
    images, _, _ = drawn(0.75, taught=0.0, images=12, near=near, far=far)
    wide = near + 1
    ink = images.any(axis=1)  # (images, columns, channels)
    border = np.zeros((len(ink), wide - 1, 3), bool)
    seen = np.concatenate([~border, ink, ~border], axis=1)  # The border taken for ink, which must be seen alone
    for channel in range(3):
        for start in range(seen.shape[1] - wide + 1):
            window = seen[:, start : start + wide, channel].astype(int)
            pieces = window[:, 0] + (np.diff(window, axis=1) == 1).sum(axis=1)
            assert pieces.max() <= 1
    assert seen[:, : wide + near - 1, :].sum() == len(ink) * (wide - 1) * 3  # Digits begin after the margin


def test_the_blue_row_is_a_gap_away_from_the_others_and_every_row_has_as_many_digits():
    images, _, layout = drawn(0.75, taught=0.0)
    columns = [np.flatnonzero(images[..., part].any(axis=(0, 1, 3))) for part in ([0, 1], [2])]
    assert columns[1][0] - columns[0][-1] > layout.gap
    assert (images.any(axis=1).sum(axis=1) == SIDE * layout.count).all()


def test_a_seed_gives_the_same_images_and_the_splits_differ():
    first, again, other = (load_spacing(seed, 20, 20, 20, noise=0.0) for seed in (0, 0, 1))
    assert np.array_equal(first.train.images, again.train.images)
    assert not np.array_equal(first.train.images, other.train.images)
    assert not np.array_equal(first.validation.images, first.test.images)
    assert first.class_names == ("near", "far")
    assert first.shape == first.train.images.shape[1:]
    assert first.test.images[..., :2].any(axis=(1, 2, 3)).all()  # None of them is taught


def test_only_training_images_are_taught():
    data = load("spacing", train=40, validation=40, test=40, taught=1.0, noise=0.0)
    alone = [not split.images[..., :2].any() for split in (data.train, data.validation, data.test)]
    assert alone == [True, False, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 1.1},
        {"taught": -0.1},
        {"taught": float("nan")},
        {"train": 0},
        {"noise": float("nan")},
        {"gap": -1},
        {"count": 1},
        {"near": 10, "far": 10},
        {"near": 6, "far": 9},
    ],
)
def test_numbers_out_of_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        load_spacing(**{"train": 4, "validation": 4, "test": 4} | wrong)
