import numpy as np
import pytest

from keras_ean.data.sources.cue import BAND, Layout, draw, load_cue

AREA = 23


def labelled():
    """Label by the bytes of a digit's image."""
    from sklearn.datasets import load_digits

    source = load_digits()
    return {(image / 16).astype("float32").tobytes(): label for image, label in zip(source.images, source.target)}


def test_the_label_is_the_digit_of_the_bands_colour():
    known = labelled()
    data = load_cue(train=200, validation=10, test=10, noise=0.0)
    images, labels = data.train.arrays()
    names = np.array(data.class_names, int)[labels]
    for image, name in zip(images, names, strict=True):
        colour = int(image[0, -1, 1] == 1)
        assert (image[:, -BAND:, colour] == 1).all()
        assert not image[:, -BAND:, 1 - colour].any()
        assert not image[:, AREA:-BAND].any()
        shown = image[:, :AREA, colour]
        rows, columns = np.nonzero(shown)
        found = {
            known.get(np.ascontiguousarray(shown[row : row + 8, column : column + 8]).tobytes())
            for row in range(max(0, rows.max() - 7), min(rows.min(), 4) + 1)
            for column in range(max(0, columns.max() - 7), min(columns.min(), 15) + 1)
        }
        assert name in found


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_share_is_that_of_the_images_whose_digits_differ(share):
    digits = np.stack([np.full((8, 8), label + 1, "float32") for label in range(4)])
    images, labels = draw(digits, np.arange(4), 3000, share, Layout(12, AREA, 27, 0), np.random.default_rng(0))
    values = np.sort(images[:, :, :AREA].max(axis=(1, 2)), axis=1)[:, 1:]
    assert np.mean(values[:, 0] != values[:, 1]) == pytest.approx(share, abs=0.03)
    assert (values == labels[:, None] + 1).any(axis=1).all()
    assert images.shape == (3000, 12, 56, 3)


def test_training_images_may_need_the_cue_more_often_than_those_of_the_test():
    def differ(split):
        """Whether the two digits have another label; they stand in one place each."""
        images, _ = split.arrays()
        both = [np.ascontiguousarray(images[:, :, place : place + 8].sum(axis=3)) for place in (0, 8)]
        return {known[left.tobytes()] != known[right.tobytes()] for left, right in zip(*both, strict=True)}

    known = labelled()
    data = load_cue(train=200, validation=20, test=200, share=0.0, train_share=1.0, noise=0.0, height=8, play=0)
    assert [differ(split) for split in (data.train, data.validation, data.test)] == [{True}, {False}, {False}]


@pytest.mark.parametrize("span", [4, 12])
def test_what_sees_no_farther_than_the_span_cannot_tell_the_order_of_the_marks(span):
    layout = Layout(8, 16, 20, span)

    def windows(colour, columns):
        """What the cue shows through windows of so many columns, together with the gap and the image's border."""
        shown = np.pad(layout.cue(colour), ((20, 0), (0, 0)))
        shown = np.pad(shown, ((0, columns), (0, 0)), constant_values=-1)
        return sorted(shown[start : start + columns].tobytes() for start in range(len(shown) - columns + 1))

    assert len(layout.cue(0)) == 8 + 2 * span
    assert windows(0, span + 1) == windows(1, span + 1)
    assert windows(0, span + 2) != windows(1, span + 2)


def test_of_two_marks_the_left_one_has_the_colour_that_counts():
    cue = Layout(8, 16, 20, 4).cue(1)
    assert cue[:4].tolist() == [[0, 1, 0]] * 4
    assert cue[8:12].tolist() == [[1, 0, 0]] * 4


def test_everything_random_comes_from_the_seed_and_splits_share_no_digit():
    first, again, other = (load_cue(seed, 50, 50, 50, noise=0.0) for seed in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(first.train.arrays(), again.train.arrays(), strict=True))
    assert (first.train.arrays()[0] != other.train.arrays()[0]).any()

    def digits(split):
        images, _ = split.arrays()
        ink = images[:, :, :AREA, :2]
        return {
            np.ascontiguousarray(channel[:, channel.any(axis=0)][channel.any(axis=1)]).tobytes()
            for image in ink
            for channel in np.moveaxis(image, -1, 0)
        }

    train, validation, test = (digits(getattr(first, name)) for name in ("train", "validation", "test"))
    assert not train & validation
    assert not (train | validation) & test


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": 1.1}, "share"),
        ({"share": float("nan")}, "share"),
        ({"train": 0}, "at least one image"),
        ({"gap": -1}, "gap"),
        ({"height": 7}, "8 rows"),
        ({"play": -1}, "play"),
        ({"span": 6}, "multiple of 4"),
        ({"span": -4}, "multiple of 4"),
        ({"train_share": 2}, "share"),
        ({"noise": -0.1}, "noise"),
        ({"digits": (1, 1)}, "different"),
        ({"digits": (1, 12)}, "0 to 9"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        load_cue(**options)
