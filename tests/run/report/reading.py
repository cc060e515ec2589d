"""Reads report.html as a browser does, and checks what holds for every such page."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

SCHEMES = {"dark": 0, "light": 1}
"""How Chromium numbers what a reader prefers."""
VOID = {"meta", "link", "img", "br", "hr", "input"}
POINTERS = {"src", "href", "xlink:href", "srcset", "data", "action", "poster"}


class Reader(HTMLParser):
    """Elements with their attributes, what is open, and the text that is seen."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def read_page(path: Path) -> Reader:
    """The page, which is whole, small, complete in itself, and says what its pictures show."""
    text = Path(path).read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in reader.elements:
        for key, value in attributes.items():
            if key in POINTERS:
                assert value.startswith(("#", "data:image/png;base64,", "data:image/jpeg;base64,")), (tag, key, value)
            if value and value.startswith("#"):
                assert value[1:] in ids, (tag, key, value)
            for target in (value or "").split("url(#")[1:]:
                assert target.split(")")[0] in ids, (tag, key, value)
    assert "@import" not in text
    assert {tag for tag, _ in reader.elements} & {"script", "iframe", "link", "object", "embed"} == set()
    assert all(attributes["alt"] for attributes in reader.all("img"))
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in reader.all("svg"))
    assert all("tabindex" in one for one in reader.all("div") if "scroll" in one.get("class", ""))
    return reader


def opened(path: Path, width: int, scheme: str) -> dict:
    """What a reader meets who opens the page in Chromium (tests/run/report/browser.py)."""
    flags = f"--disable-gpu --disable-background-networking --blink-settings=preferredColorScheme={SCHEMES[scheme]}"
    headless = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "QTWEBENGINE_CHROMIUM_FLAGS": flags}
    command = [sys.executable, str(Path(__file__).with_name("browser.py")), str(path), str(width)]
    environment = {**os.environ, **headless}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=environment)
    if "cannot open shared object file" in done.stderr:  # A part of the system that no Python package can bring.
        pytest.skip(f"Chromium cannot start here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def read_drawings(svg: str) -> list[str]:
    """The addresses of the pictures in a drawing."""
    reader = Reader()
    reader.feed(svg)
    return [one["xlink:href"] for one in reader.all("image")]
