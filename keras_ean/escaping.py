"""Names that users have given, made harmless where they leave the program: one function for each border.

A name may hold anything that a file system or a label holds: `$x^$`, `[/b]`, `a|b`, control characters.
"""

import json
import re
import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import yaml

MARKS = re.compile(r"([\\`*\[\]<>|$~#]|(?<!\w)_|_(?!\w))")
"""What Markdown reads as other than itself, within a line."""
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction in which what follows is written."""

NONE = "\ufffe\uffff"
"""No characters, which XML refuses."""
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
"""Numbers of YAML 1.2 that YAML 1.1 reads as text, and what they begin with."""


class Dumper(yaml.SafeDumper):
    """Puts a text that looks like a number in quotes, also where only YAML 1.2 reads one."""


Dumper.add_implicit_resolver("tag:yaml.org,2002:float", *NUMBER)


def terminal(text: str) -> str:
    r"""The text without control characters, which a terminal would obey; line feeds and tabs stay.

    Example:
        >>> terminal("\x1b[31mred\x1b[0m")
        '\\x1b[31mred\\x1b[0m'
    """

    def shown(character: str) -> str:
        control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in DIRECTIONS + NONE
        return ascii(character)[1:-1] if control and character not in "\n\t" else character

    return "".join(map(shown, text))


def rich(text: str) -> str:
    """The text as it must be written where Rich reads markup, as in the titles of its tables.

    Example:
        >>> rich("[/b]")
        '\\\\[/b]'
    """
    from rich.markup import escape

    return escape(terminal(text))


def markdown(text: str) -> str:
    r"""The text for a heading, a cell or a sentence of Markdown: one line that reads as it was written.

    Example:
        >>> markdown("a|b_c <x> [y](z)")
        'a\\|b_c \\<x\\> \\[y\\](z)'
    """
    return MARKS.sub(r"\\\1", " ".join(terminal(text).split()))


def prose(text: str) -> str:
    r"""The text for sentences of Markdown in which names stand; what is between backticks stays code.

    Example:
        >>> prose("`a_b` is no <x>")
        '`a_b` is no \\<x\\>'
    """
    pieces = " ".join(terminal(text).split()).split("`")
    if len(pieces) % 2 == 0:  # One of them is a part of a name.
        return markdown(text)
    return "`".join(piece if number % 2 else MARKS.sub(r"\\\1", piece) for number, piece in enumerate(pieces))


def yaml_line(value: Any) -> str:
    r"""A value as YAML in one line.

    Example:
        >>> yaml_line({"name": "photos", "size": 32}), yaml_line("a\nb")
        ('{name: photos, size: 32}', '"a\\nb"')
    """
    options: dict[str, Any] = {
        "default_flow_style": True,
        "sort_keys": False,
        "width": sys.maxsize,
        "allow_unicode": True,
    }
    text = yaml.dump(value, Dumper=Dumper, **options)
    lines = text.removesuffix("...\n").splitlines()
    return lines[0] if len(lines) == 1 else json.dumps(value)  # JSON is YAML, and one line.


def matplotlib(figure: Any) -> None:
    """Makes a figure show all its texts as they are written: `$` begins no formula."""
    from matplotlib.text import Text
    from matplotlib.ticker import FuncFormatter

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(written := axis.get_major_formatter(), FuncFormatter):  # Labels are written at each drawing.
                written.func = partial(_harmless, written.func)
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_text(terminal(text.get_text()))


def _harmless(label: Callable[[float, int | None], str], value: float, position: int | None = None) -> str:
    """The label of a tick, as it may be drawn."""
    return terminal(label(value, position))
