import numpy as np
import pytest
from PIL import Image

from keras_ean.data import CentreCrop, CropFlip, ResizedCrop


def crops(image: np.ndarray, padding: int) -> dict[bytes, tuple[int, int, bool]]:
    """Every crop of the padded image, mirrored and not, by the definition."""
    height, width, channels = image.shape
    padded = np.zeros((height + 2 * padding, width + 2 * padding, channels), image.dtype)
    padded[padding : padding + height, padding : padding + width] = image
    found = {}
    for top in range(2 * padding + 1):
        for left in range(2 * padding + 1):
            crop = padded[top : top + height, left : left + width]
            found[crop.tobytes()] = top, left, False
            found[crop[:, ::-1].tobytes()] = top, left, True
    return found


def test_crop_flip_gives_every_crop_of_the_padded_image_equally_often():
    image = np.random.default_rng(0).integers(1, 256, (6, 5, 3), "uint8")
    known = crops(image, 2)
    images = CropFlip(2)(np.repeat(image[None], 5000, 0), np.random.default_rng(1))
    drawn = [known[crop.tobytes()] for crop in images]
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == len(known) == 50
    assert counts.min() > 60
    assert counts.max() < 145
    assert images.dtype == np.uint8


def test_without_flip_and_padding_nothing_happens():
    images = np.random.default_rng(0).normal(size=(3, 4, 4, 1)).astype("float32")
    assert np.array_equal(CropFlip(0, flip=False)(images, np.random.default_rng(0)), images)


@pytest.mark.parametrize("shape", [(200, 300), (300, 200), (224, 224)])
def test_resized_crop_draws_area_and_ratio_within_their_ranges(shape):
    crop, generator = ResizedCrop(32), np.random.default_rng(0)
    boxes = np.array([crop.box(*shape, generator) for _ in range(2000)])
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    area = width * height / np.prod(shape)
    assert boxes.min() >= 0
    assert (boxes[:, 2] <= shape[1]).all()
    assert (boxes[:, 3] <= shape[0]).all()
    assert area.min() > 0.07
    assert area.max() <= 1
    assert (width / height).min() > 3 / 4 - 0.02
    assert (width / height).max() < 4 / 3 + 0.02


def test_an_image_of_extreme_shape_gets_its_largest_central_part():
    assert ResizedCrop().box(10, 1000, np.random.default_rng(0)) == (493, 0, 506, 10)
    assert ResizedCrop().box(1000, 10, np.random.default_rng(0)) == (0, 493, 10, 506)


@pytest.mark.parametrize("channels", [1, 3])
def test_resized_crop_is_pillows_crop_and_resize(channels):
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 256, (40, 60, channels), "uint8") for _ in range(20)]
    results = ResizedCrop(16)(images, np.random.default_rng(7))
    boxes = np.random.default_rng(7)
    mirrored = 0
    for image, result in zip(images, results):
        picture = Image.fromarray(image[..., 0] if channels == 1 else image)
        box = ResizedCrop(16).box(40, 60, boxes)
        truth = np.asarray(picture.resize((16, 16), Image.Resampling.BILINEAR, box)).reshape(16, 16, channels)
        mirrored += np.array_equal(result, truth[:, ::-1])
        assert np.array_equal(result, truth) or np.array_equal(result, truth[:, ::-1])
    assert 4 < mirrored < 16


@pytest.mark.parametrize(("height", "width"), [(300, 500), (500, 300), (40, 40)])
def test_centre_crop_of_the_resized_image(height, width):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), "uint8")
    scale = 32 / min(height, width)
    tall, wide = int(height * scale), int(width * scale)
    whole = np.asarray(Image.fromarray(image).resize((wide, tall), Image.Resampling.BILINEAR))
    top, left = round((tall - 28) / 2), round((wide - 28) / 2)
    assert np.array_equal(CentreCrop((28, 28), 32)([image])[0], whole[top : top + 28, left : left + 28])


def test_centre_crop_of_an_image_of_that_size_is_the_image():
    image = np.random.default_rng(0).normal(size=(1, 9, 7, 2)).astype("float32")
    assert np.array_equal(CentreCrop((9, 7))(image), image)


def test_float_images_are_resized_without_rounding():
    ramp = np.linspace(-1, 1, 8, dtype="float32")[None, None, :, None].repeat(8, 1).repeat(2, 3)
    small = CentreCrop((4, 4))(ramp)
    assert small.shape == (1, 4, 4, 2)
    assert small.dtype == np.float32
    assert small[0, 0, :, 0].min() == pytest.approx(-0.8, abs=0.1)
