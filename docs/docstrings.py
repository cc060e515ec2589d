"""Docstrings with Google's sections, read into their parts and written as Markdown."""

import inspect
import re
from typing import NamedTuple

SECTION = re.compile(r"^([A-Z][a-z]+):\n((?:(?:    .*)?\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^([*\w`.][^:\n]*): ", re.MULTILINE)
TITLES = {"Args": "Arguments", "Endpoints": "Endpoints", "Raises": "Raises", "Warns": "Warns"}
"""Of sections that are lists of entries."""


class Docstring(NamedTuple):
    """The parts of a docstring.

    Attributes:
        text: what stands outside of the sections.
        sections: their texts, by the name that stands above them.
    """

    text: str
    sections: dict[str, str]


def parsed(documented) -> Docstring:
    text = inspect.cleandoc(documented.__doc__ or "") + "\n"
    sections = {name: inspect.cleandoc(body) for name, body in SECTION.findall(text)}
    return Docstring(SECTION.sub("", text).strip(), sections)


def entries(section: str) -> dict[str, str]:
    """The entries `name: text` of a section."""
    parts = ENTRY.split(section)
    return {name.strip(): inspect.cleandoc(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def arguments(documented) -> dict[str, str]:
    """What a docstring says of each argument; names that share a line have the same text."""
    found = entries(parsed(documented).sections.get("Args", ""))
    return {name.strip("* "): " ".join(text.split()) for names, text in found.items() for name in names.split(",")}


def markdown(documented) -> str:
    """The docstring of something, as Markdown."""
    text, sections = parsed(documented)
    parts = [text]
    for name, body in sections.items():
        if name == "Example":
            parts.append(f"```python\n{body}\n```")
        elif name in ("Args", "Attributes", *TITLES):
            rows = (f"- `{key.strip('`')}`: {indented(value)}" for key, value in entries(body).items())
            parts.append(f"**{TITLES.get(name, name)}**\n\n" + "\n".join(rows))
        else:
            parts.append(f"**{name}** {body}")
    return "\n\n".join(part for part in parts if part)


def indented(text: str) -> str:
    """The text of an entry, whose further lines belong to the same point of a list."""
    return text.replace("\n", "\n  ")
