"""Sphinx extension: the tutorials, executed, and what they print compared with what the pages in the repository show.

A page is plain Markdown, so that it can be read on a code host: Python, and below it what that printed. For the site
all of it is executed anew. Where it prints something else than the page shows, but for numbers, the page is written
anew and a warning says so: read it, and commit it. A block of text that is empty asks for the output of the code above.
"""

import difflib
import re
import tempfile
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

FOLDER = Path(__file__).parent
LOG = logging.getLogger(__name__)
CELL = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?P<output>\n```text\n(?P<text>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
ALIKE = 0.8
"""The share of words in common, in their order; a verdict may differ from machine to machine."""


def notebook(app, page: str, source: list[str]) -> None:
    """Makes a notebook of the page; output that the page does not show is folded away."""
    if page.startswith("tutorials/"):
        source[0] = HEAD + CELL.sub(cell, source[0])


def cell(match: re.Match) -> str:
    tags = "" if match["output"] else ":tags: [hide-output]\n"
    return f"```{{code-cell}}\n{tags}{match['code']}```\n"


def compare(app, doctree: nodes.document) -> None:
    page = app.env.docname
    if not page.startswith("tutorials/"):
        return
    path = FOLDER / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    cells = [node for node in doctree.findall(nodes.container) if "cell" in node["classes"]]
    printed = [output(one) for one in cells]
    shown = [match["text"] for match in CELL.finditer(text)]
    if alike("".join(shown[i] for i in told(shown)), "".join(printed[i] for i in told(shown))):
        return
    new = iter(printed)
    path.write_text(CELL.sub(lambda match: written(match, next(new)), text), encoding="utf-8")
    LOG.warning("It prints something else by now; the page has been written anew: read and commit it.", location=page)


def told(shown: list[str | None]) -> list[int]:
    """The cells whose output the page shows."""
    return [place for place, text in enumerate(shown) if text is not None]


def output(one: nodes.Element) -> str:
    """What a cell printed."""
    found = [node for node in one.findall(nodes.container) if "cell_output" in node["classes"]]
    text = "".join(f"{block.astext().rstrip()}\n" for part in found for block in part.findall(nodes.literal_block))
    return re.sub(rf"{tempfile.gettempdir()}/\w+/", "", text)  # The folder that it is executed in.


def alike(old: str, new: str) -> bool:
    """Whether two texts say the same, but for numbers."""
    words = [re.findall(r"[^\W\d]+", text) for text in (old, new)]
    return difflib.SequenceMatcher(None, *words, autojunk=False).ratio() >= ALIKE


def written(match: re.Match, printed: str) -> str:
    return f"```python\n{match['code']}```\n" + (f"\n```text\n{printed}```\n" if match["output"] else "")


def setup(app) -> dict:
    app.connect("source-read", notebook)
    app.connect("doctree-read", compare)
    return {"parallel_read_safe": True}
