"""The content of an image file to pixels, by Pillow."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")
SIDEWAYS = (5, 6, 7, 8)


class UnreadableImage(ValueError):
    """A file that gives no image; the message is the reason."""


class Content(Protocol):
    """Something with the content of an image file, as `pathlib.Path`."""

    def read_bytes(self) -> bytes: ...


def read_image(content: bytes, channels: int | None = None) -> np.ndarray:
    """Pixels, uint8 (height, width, channels), upright by the file's EXIF orientation.

    Grey, palette, CMYK and one-bit images are converted; transparent pixels show white; 16-bit grey is scaled to
    8 bit; of an animation the first frame counts.

    Args:
        content: The content of the file.
        channels: The number of channels, 1 or 3; None takes 1 for a grey image and 3 for any other.

    Raises:
        UnreadableImage: The content is empty, truncated, corrupt, no image, too large, or of floating-point pixels.
    """
    with opened(content) as image:
        image.load()
        return _pixels(ImageOps.exif_transpose(image), channels)


def read_shape(content: bytes, channels: int | None = None) -> tuple[int, int, int]:
    """The shape that `read_image` would give, from the file's header alone.

    Raises:
        UnreadableImage: The content is empty, no image, or too large.
    """
    with opened(content) as image:
        width, height = image.size
        if image.getexif().get(ExifTags.Base.Orientation, 1) in SIDEWAYS:
            height, width = width, height
        grey = image.mode in ("1", "L", *SIXTEEN_BIT) and not image.has_transparency_data
        return height, width, channels or (1 if grey else 3)


@contextmanager
def opened(content: bytes) -> Iterator[Image.Image]:
    """The image; what Pillow raises inside the block becomes `UnreadableImage`."""
    if not content:
        raise UnreadableImage("empty file")
    try:
        with Image.open(io.BytesIO(content)) as image:
            yield image
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage("no image of a known format") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage(f"too large: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error) as error:
        # What Pillow's decoders raise on broken content.
        raise UnreadableImage(f"corrupt: {error}") from error


def _pixels(image: Image.Image, channels: int | None) -> np.ndarray:
    if image.mode == "F":
        raise UnreadableImage("floating-point pixels, whose range is unknown; convert the file to 8 bit")
    if image.mode in SIXTEEN_BIT:
        deep = np.asarray(image).astype(np.int64)
        if deep.min() < 0 or deep.max() > 65535:
            raise UnreadableImage("32-bit pixels beyond 16 bit; convert the file to 8 bit")
        image = Image.fromarray((deep // 257).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    grey = image.mode in ("1", "L")
    wanted = channels or (1 if grey else 3)
    pixels = np.asarray(image.convert("L" if wanted == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], wanted)
