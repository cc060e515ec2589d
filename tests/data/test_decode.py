import io

import numpy as np
import pytest
from PIL import Image

from keras_ean.data.decode import UnreadableImage, read_image, read_shape

GREY = np.random.default_rng(0).integers(0, 256, (6, 9), "uint8")
COLOUR = np.random.default_rng(0).integers(0, 256, (6, 9, 3), "uint8")


def encode(image: Image.Image, format: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def transparent(alpha: int) -> Image.Image:
    return Image.fromarray(np.dstack([COLOUR, np.full(GREY.shape, alpha, "uint8")]))


def sideways() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(Image.fromarray(COLOUR), exif=exif)


palette = Image.fromarray(GREY).convert("RGB").quantize(256)
white = np.full_like(COLOUR, 255)
CASES = {
    "grey": (encode(Image.fromarray(GREY)), GREY[..., None]),
    "colour": (encode(Image.fromarray(COLOUR)), COLOUR),
    "one bit": (encode(Image.fromarray(GREY > 127)), (GREY > 127)[..., None] * np.uint8(255)),
    "16 bit": (encode(Image.fromarray(GREY.astype("uint16") * 257)), GREY[..., None]),
    "palette": (encode(palette), np.asarray(palette.convert("RGB"))),
    "opaque RGBA": (encode(transparent(255)), COLOUR),
    "invisible RGBA": (encode(transparent(0)), white),
    "grey and alpha": (encode(Image.fromarray(GREY).convert("LA")), GREY[..., None].repeat(3, -1)),
    "palette with transparency": (encode(Image.new("P", (9, 6)), transparency=0), white),
    "sideways": (sideways(), np.rot90(COLOUR, -1)),
    "animation": (
        encode(Image.new("L", (9, 6), 255), "GIF", save_all=True, append_images=[Image.new("L", (9, 6))]),
        white,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_pixels_and_shape(case):
    content, truth = CASES[case]
    assert np.array_equal(read_image(content), truth)
    assert read_image(content).dtype == np.uint8
    assert read_shape(content) == truth.shape


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_channels_as_asked_for(case, channels):
    content, truth = CASES[case]
    assert read_image(content, channels).shape == read_shape(content, channels) == (*truth.shape[:2], channels)


def test_cmyk_jpeg_is_colour():
    content = encode(Image.new("RGB", (9, 6), (200, 30, 30)).convert("CMYK"), "JPEG")
    assert read_image(content)[0, 0] == pytest.approx([200, 30, 30], abs=6)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"no image at all", "no image of a known format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "corrupt|no image"),
        (encode(Image.fromarray(COLOUR).resize((64, 64)), "JPEG")[:-300], "corrupt: .*truncated"),
        (encode(Image.fromarray(COLOUR).resize((64, 64)))[:-300], "corrupt"),
        (encode(Image.fromarray(GREY.astype("float32")), "TIFF"), "floating-point"),
        (encode(Image.fromarray(GREY.astype("int32") * 10**6), "TIFF"), "32-bit"),
    ],
)
def test_what_gives_no_image_says_why(content, reason):
    with pytest.raises(UnreadableImage, match=reason):
        read_image(content)


def test_a_decompression_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    for read in (read_image, read_shape):
        with pytest.raises(UnreadableImage, match="too large"):
            read(CASES["grey"][0])
