import numpy as np
import pytest

from keras_ean.data.sources.cue import load_cue

AREA, BAND = 23, 6


def test_the_label_is_the_digit_of_the_bands_colour():
    from sklearn.datasets import load_digits

    source = load_digits()
    known = {(image / 16).astype("float32").tobytes(): label for image, label in zip(source.images, source.target)}
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
    images, _ = load_cue(train=3000, validation=1, test=1, noise=0.0, share=share).train.arrays()
    # Of equal digits the two colours' amounts of ink are alike more often, so the pairs are told by construction:
    from keras_ean.data.sources import cue

    drawn = []
    digits = np.stack([np.full((8, 8), label + 1, "float32") for label in range(4)])
    made, labels = cue._draw(digits, np.arange(4), 3000, share, (12, 23, 27, 6), np.random.default_rng(0))
    for image, label in zip(made, labels, strict=True):
        values = sorted(image[:, :AREA].max(axis=(0, 1))[:2])
        drawn.append(values[0] != values[1])
        assert label + 1 in values
    assert np.mean(drawn) == pytest.approx(share, abs=0.03)
    assert images.shape == (3000, 12, 56, 3)


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
        ({"noise": -0.1}, "noise"),
        ({"digits": (1, 1)}, "different"),
        ({"digits": (1, 12)}, "0 to 9"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        load_cue(**options)
