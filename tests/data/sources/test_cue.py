import numpy as np
import pytest

from keras_ean.data.sources.cue import BAND, MARK, Coloured, Sides, draw, load_cue

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


def drawn(scene, share, count=3000):
    """Of digits that are their label's number plus 1 all over."""
    digits = np.stack([np.full((8, 8), label + 1, "float32") for label in range(4)])
    return draw(scene, digits, np.arange(4), count, share, np.random.default_rng(0))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_share_is_that_of_the_images_whose_digits_differ(share):
    images, labels = drawn(Coloured(12, 7, 27), share)
    values = np.sort(images[:, :, :AREA].max(axis=(1, 2)), axis=1)[:, 1:]
    assert np.mean(values[:, 0] != values[:, 1]) == pytest.approx(share, abs=0.03)
    assert (values == labels[:, None] + 1).any(axis=1).all()
    assert images.shape == (3000, 12, 56, 3)


def test_training_images_may_need_the_cue_more_often_than_those_of_the_test():
    known = labelled()
    data = load_cue(train=200, validation=20, test=200, share=0.0, train_share=1.0, noise=0.0, height=8, span=8)
    for split, differ in ((data.train, True), (data.validation, False), (data.test, False)):
        images, _ = split.arrays()
        left, right = (
            [known[np.ascontiguousarray(image[:, place : place + 8, 0]).tobytes()] for image in images]
            for place in (8, 24)
        )
        assert {a != b for a, b in zip(left, right, strict=True)} == {differ}


def test_with_a_span_the_digit_counts_that_is_on_the_side_of_the_red_mark():
    images, labels = drawn(Sides(10, 8, 20), 1.0, 50)
    assert images.shape == (50, 10, 76, 3)
    for image, label in zip(images, labels, strict=True):
        digits = [image[:, place : place + 8].max() for place in (8, 24)]
        colours = [image[:, place : place + MARK, :].mean(axis=(0, 1)).tolist() for place in (52, 64)]
        assert sorted(colours) == [[0, 1, 0], [1, 0, 0]]
        assert digits[colours.index([1, 0, 0])] == label + 1
        assert image.sum() == image[:, [*range(8, 16), *range(24, 32), *range(52, 56), *range(64, 68)]].sum()


@pytest.mark.parametrize("span", [4, 12])
def test_what_sees_no_farther_than_the_span_cannot_tell_the_sides(span):
    scene, digits = Sides(8, span, 20), [np.full((8, 8), value, "float32") for value in (1.0, 2.0)]

    def windows(cue, digits, columns):
        """What the image shows through windows of so many columns, its borders included."""
        image = np.zeros((8, scene.columns, 3), "float32")
        scene.paint(image, cue, digits, np.random.default_rng(0))
        padded = np.pad(image, ((0, 0), (columns, columns), (0, 0)), constant_values=-1)
        return sorted(padded[:, start : start + columns].tobytes() for start in range(padded.shape[1] - columns + 1))

    for other in ((0, digits[::-1]), (1, digits)):  # The digits change sides, or digits and marks.
        assert windows(0, digits, span + 1) == windows(*other, span + 1)
        assert windows(0, digits, span + 2) != windows(*other, span + 2)


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
