"""The code blocks of all pages that show how keras_ean is used."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDERS = ("README.md", "docs/*.md", "docs/tutorials/*.md", "benchmarks/*.md", "experiments/*.md")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for pattern in FOLDERS
    for path in sorted(ROOT.glob(pattern))
}
BLOCK = re.compile(r"^```\{?([\w-]+)\}?[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON, SHELL, YAML = "python", "sh", "yaml"
SHOWN = ("text", "diff", "toctree")
"""Languages of blocks that are no code of a reader's."""


class Block(NamedTuple):
    """A code block of a page."""

    line: int
    """Of its first line on the page, counted from 1."""
    language: str
    code: str


def blocks(page: str) -> Iterator[Block]:
    text = PAGES[page]
    for match in BLOCK.finditer(text):
        yield Block(text.count("\n", 0, match.start(2)) + 1, match[1], match[2])


def lines(block: Block) -> Iterator[tuple[int, str]]:
    """The commands of a shell block, each with its line on the page; one that goes on after a `\\` is one line."""
    for number, line in enumerate(block.code.replace("\\\n", " ").splitlines(), block.line):
        if line.strip():
            yield number, line
