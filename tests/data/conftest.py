"""Small folders of images, made anew for each test."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def draw():
    """`draw(path, size=(8, 8), channels=3)` writes an image that no other call writes, and gives its pixels."""
    generator = np.random.default_rng(0)

    def write(path: Path, size: tuple[int, int] = (8, 8), channels: int = 3) -> np.ndarray:
        pixels = generator.integers(0, 256, (*size, channels), "uint8")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(path)
        return pixels

    return write


@pytest.fixture
def folder(tmp_path, draw):
    """`folder({"train/cat": 5, "test/cat": 2})` writes so many PNG files and gives the root."""

    def write(counts: dict[str, int], **options) -> Path:
        for name, count in counts.items():
            for number in range(count):
                draw(tmp_path / "images" / name / f"{number}.png", **options)
        return tmp_path / "images"

    return write
