"""Figures as SVG that stands in a page: text stays text, colours follow the page, and names of parts are its own."""

import re
import warnings
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from keras_ean import escaping

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
INK = ("#000000", "#333333", "#2c3e50")
"""Colours that are the page's text colour, which is light on a dark page."""
PNG, JPEG = "data:image/png;base64,", "data:image/jpeg;base64,"
HEAVY = 10_000
"""Letters of a picture's address from which on it is brought to JPEG."""
REFERENCE = re.compile(r"url\(#([^)]+)\)")
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "keras_ean", "text.parse_math": False}


@contextmanager
def literally() -> Iterator[None]:
    """Figures that are made and written inside show names as they are: a `$` starts no formula, and a letter that the
    font of the picture lacks is no warning, since a browser has it."""
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def inline_svg(figure: Figure, name: str, alternative: str) -> str:
    """The figure without title and caption, which the page around it says, as an `svg` element.

    Args:
        figure: The figure, which loses its title and caption.
        name: The prefix of the names of all parts, which must differ from those of other figures in the page.
        alternative: What the figure shows, for those who cannot see it.

    Example:
        >>> figure = Figure(figsize=(2, 1))
        >>> inline_svg(figure, "empty", "nothing")[:4]
        '<svg'
    """
    figure.suptitle("")
    figure.supxlabel("")
    escaping.matplotlib(figure)
    written = BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(written.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    pointed = {target for element in root.iter() for target in _targets(element)}
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            element.attrib[key] = _light(value) if value.startswith(PNG) else _own(key, value, name)
        if "id" in element.attrib and element.attrib["id"].removeprefix(f"{name}-") not in pointed:
            del element.attrib["id"]
    width = round(float(root.attrib.pop("width").removesuffix("pt")) * 4 / 3)
    root.attrib.pop("height")
    root.attrib.update({"role": "img", "aria-label": alternative, "style": f"max-width: {width}px"})
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", LINK)
    return ElementTree.tostring(root, encoding="unicode")


def _targets(element: ElementTree.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        yield from REFERENCE.findall(value)
        if key.endswith("href") and value.startswith("#"):
            yield value[1:]


def _light(address: str) -> str:
    """A photograph as JPEG, so that a page with many stays small enough to be sent; what is small stays as it is."""
    if len(address) < HEAVY:
        return address
    picture = Image.open(BytesIO(b64decode(address.removeprefix(PNG)))).convert("RGB")
    written = BytesIO()
    picture.save(written, "jpeg", quality=80)
    return min(address, f"{JPEG}{b64encode(written.getvalue()).decode()}", key=len)


def _own(key: str, value: str, name: str) -> str:
    """An attribute with the name in front of what it refers to, and the page's colours."""
    if key == "id":
        return f"{name}-{value}"
    if key.endswith("href") and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    value = REFERENCE.sub(rf"url(#{name}-\1)", value)
    if key == "style":
        for ink in INK:
            value = value.replace(ink, "currentColor")
        value = value.replace("#ffffff", "var(--paper, #ffffff)")
    return value
