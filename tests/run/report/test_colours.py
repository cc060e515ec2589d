"""Colours that carry meaning are told apart by all eyes, on a light page and on a dark one, and in print.

How eyes that lack one kind of cones see is computed by the matrices of severity 1.0, on linear RGB, of Machado,
Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (IEEE TVCG 15, 2009).
"""

import re
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from keras_ean.measure.figure_style import FOUND, OTHER, RECOMMENDED, SERIES
from keras_ean.measure.forest import STYLES
from keras_ean.measure.svg import INK
from keras_ean.run import report
from keras_ean.run.report import captions
from keras_ean.run.report.search_figures import COLORS

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "greyscale": np.tile(LUMINANCE, (3, 1)),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
APART = 15.0
"""CIELAB distance; about 2.3 is just noticed in patches side by side."""
PAGE = (Path(report.__file__).parent / "page.html.j2").read_text(encoding="utf-8")
THEMES = {
    name: dict(re.findall(r"--(\w+): (#\w{6})", block))
    for name, block in zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", PAGE), strict=True)
}
GROUPS = {
    "networks": (FOUND, RECOMMENDED, OTHER),
    "curves": tuple(color for color, _ in SERIES),
    "effects": tuple(style["color"] for style in STYLES.values()),
}


def linear(color):
    """Of "#rrggbb", or of three numbers from 0 to 1."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] if isinstance(color, str) else color
    parts = np.asarray(parts)
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(color, eyes):
    """The colour in CIELAB, as these eyes see it."""
    seen = XYZ @ np.clip(EYES[eyes] @ linear(color), 0, 1) / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(seen > 216 / 24389, np.cbrt(seen), (24389 / 27 * seen + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one, other):
    """The ratio of WCAG 2, from 1 to 21."""
    low, high = sorted(LUMINANCE @ linear(color) + 0.05 for color in (one, other))
    return high / low


def on_page(color, theme):
    """A figure's colour in a page, whose own text colour stands for black."""
    return THEMES[theme]["ink"] if color in INK else color


def test_the_simulation_is_as_published():
    """To eyes without one kind of cones some pairs are alike: red and olive, to those without the medium ones."""
    assert all(matrix.sum(axis=1) == pytest.approx(1, abs=1e-5) for matrix in EYES.values())
    red, olive = "#ff0000", "#a17b00"
    assert np.linalg.norm(lab(red, "deuteranopia") - lab(olive, "deuteranopia")) < APART
    assert np.linalg.norm(lab(red, "all cones") - lab(olive, "all cones")) > 5 * APART


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", [one for one in EYES if one != "greyscale"])
@pytest.mark.parametrize("group", GROUPS)
def test_colours_with_a_meaning_are_apart(group, eyes, theme):
    colors = [on_page(color, theme) for color in GROUPS[group]]
    for one, other in combinations([*colors, THEMES[theme]["ink"], THEMES[theme]["paper"]], 2):
        if one != other:  # The ink may be among them.
            assert np.linalg.norm(lab(one, eyes) - lab(other, eyes)) > APART, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_without_colours_forms_tell_what_lightness_does_not(theme):
    forms = {
        "networks": [
            (on_page(FOUND, theme), captions.marker("found")["marker"]),
            (on_page(RECOMMENDED, theme), captions.marker("recommended")["marker"]),
            (on_page(OTHER, theme), "."),
        ],
        "curves": SERIES,
        "effects": [(on_page(one["color"], theme), one["markerfacecolor"] == "white") for one in STYLES.values()],
    }
    for group in forms.values():
        for (one, form), (other, its) in combinations(group, 2):
            if form == its:
                assert np.linalg.norm(lab(one, "greyscale") - lab(other, "greyscale")) > APART, (one, other)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", [COLORS, "viridis", "Blues"])
def test_scales_of_colours_go_one_way(name, eyes):
    """From dark to light or back, so that of two values nobody takes the higher for the lower one."""
    lightness = [lab(color[:3], eyes)[0] for color in matplotlib.colormaps[name](np.linspace(0, 1, 12))]
    steps = np.diff(lightness)
    assert np.all(steps * np.sign(steps[0]) > 1)


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_from_the_page(theme):
    colors = THEMES[theme]
    for ground in ("paper", "shade"):
        assert all(contrast(colors[ground], colors[text]) > 4.5 for text in ("ink", "faint", "link"))
        assert contrast(colors[ground], colors["mark"]) > 3
    assert all(contrast(colors["paper"], color) > 3 for color in (FOUND, RECOMMENDED, OTHER))
