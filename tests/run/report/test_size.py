"""A report with many photographs can be sent by mail: those in it are small, and look as they did."""

from base64 import b64decode
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from keras_ean.measure.svg import HEAVY, JPEG, PNG, inline_svg
from keras_ean.run.report.class_figures import Judged, Seen, judged_figure, seen_figure
from tests.run.report.reading import read_drawings

NETWORKS = ("no attention", "found", "everywhere")


def test_photographs_in_a_report_are_small():
    """Of which it has 24 at most, so that it stays below 2 MB."""
    pixels = np.random.default_rng(0).random((2, 224, 224, 3))  # Noise, which compresses worst of all.
    one = Seen(pixels[0], "cat", dict.fromkeys(NETWORKS, (np.ones((224, 224)), "cat")))
    figures = (
        judged_figure([Judged(image, "cat", {"found": "dog"}) for image in pixels], "title"),
        seen_figure([one], ""),
    )
    for figure, number in zip(figures, (2, 4), strict=True):
        addresses = read_drawings(inline_svg(figure, "any", "photographs"))
        assert [address[: len(JPEG)] for address in addresses if len(address) > HEAVY] == [JPEG] * number
        assert max(map(len, addresses)) < 70_000


def test_photographs_look_as_they_did_and_small_pictures_stay_exact():
    across, down = np.meshgrid(np.linspace(0, 1, 200), np.linspace(0, 1, 200))
    for size, kind in ((200, JPEG), (2, PNG)):
        image = np.stack([across, down, across * down], axis=-1)[:size, :size]
        image = np.where(np.random.default_rng(0).random(image.shape) < 0.02, 1, image) if size > 2 else image
        figure = Figure(figsize=(2, 2))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.imshow(image)
        [address] = read_drawings(inline_svg(figure, "one", "one"))
        assert address.startswith(kind)
        shown = np.asarray(Image.open(BytesIO(b64decode(address.removeprefix(kind)))).convert("RGB")) / 255
        assert np.abs(shown.mean(axis=(0, 1)) - image.mean(axis=(0, 1))).max() < 0.02
