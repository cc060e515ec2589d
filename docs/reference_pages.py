"""Sphinx extension that writes docs/reference: what the package says of itself, so that it is never written twice."""

import inspect
import json
import os
import re
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import docstrings
import python_pages
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import keras_ean
from keras_ean import catalogue
from keras_ean.cli.app import app
from keras_ean.data.options import Options
from keras_ean.data.source_registry import LOADERS
from keras_ean.registry import import_folder
from keras_ean.run.config import Config
from keras_ean.run.defaults import NEEDED
from keras_ean.search import algorithms
from keras_ean.search.host.oracle import SchemeOracle, own_options

FOLDER = Path(__file__).parent / "reference"
VALUES = {str: "text", int: "whole number", float: "number", bool: "true or false"}
"""What values of types are called; all others are sections."""


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    return catalogue.table(head, ([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows))


def commands() -> Iterator[str]:
    """Every command with its arguments and options, from its help."""
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        yield f"## keras-ean {name}\n\n{inspect.cleandoc(command.help or '')}\n"
        yield table(("argument or option", "meaning", "default"), (parameter(one) for one in command.params)) + "\n"


def parameter(one: Any) -> tuple[str, str, str]:
    if one.param_type_name == "argument":
        return f"`{one.metavar or one.name.upper()}`", one.help or "", ""
    default = "" if one.default in (None, False, ()) or callable(one.default) else f"`{one.default}`"
    return ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts)), one.help or "", default


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Every key of the configuration: name, type, default and meaning."""
    for name, field in model.model_fields.items():
        value = "chosen" if f"{prefix}{name}" in NEEDED else default(field)
        yield f"`{prefix}{name}`", type_name(field.annotation), value, linked(field.description or "")
        for inner in sections(field.annotation):
            yield from keys(inner, f"{prefix}{name}.")


def linked(meaning: str) -> str:
    """The text of a key with links to the pages that it names."""
    return re.sub(r"docs/(\S+)\.md", lambda page: f"[{page[1]}]({os.path.relpath(page[1], 'reference')}.md)", meaning)


def sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections of the configuration that a type holds."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from sections(part)


def type_name(annotation: Any) -> str:
    """What a value of a type is, for somebody who writes YAML and no Python."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(type_name(part) for part in parts if part is not types.NoneType)
    if origin is tuple:
        return f"list of {type_name(parts[0])}s"
    if origin is Annotated:
        return type_name(parts[0])
    return VALUES.get(annotation, "section")


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel):
        return "none" if value is None else "as below"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def options() -> Iterator[str]:
    """What can be set of search algorithms and sources of images, from signatures and docstrings."""
    yield "## Search algorithms\n\nAll of them take these, besides the name and the stages:\n"
    yield settings(SchemeOracle, without=("stages", "options"))
    for name in algorithms.available():
        searcher = algorithms.lookup(name)
        own = settings(searcher, only=own_options(searcher)) if own_options(searcher) else "No options of its own.\n"
        yield f"### {name}\n\n{first_line(searcher)}\n\n{own}"
    yield "## Data\n\nAll sources but `digits` and `cue` take these:\n"
    yield settings(Options)
    for loader in sorted(LOADERS.values(), key=lambda one: one.name.lower()):
        taken = ("options",) if loader.accepts is None else ("options", next(iter(parameters(loader.function))))
        if set(parameters(loader.function)) - set(taken):
            yield f"### {loader.name}\n\n{first_line(loader.function)}\n"
            yield settings(loader.function, without=taken)


def parameters(function: Callable) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def settings(function: Callable, only: Collection[str] | None = None, without: Collection[str] = ()) -> str:
    """A table of arguments with their defaults and meanings."""
    meanings = docstrings.arguments(function)
    rows = (
        (f"`{name}`", "required" if one.default is one.empty else f"`{one.default!r}`", meanings[name])
        for name, one in parameters(function).items()
        if name not in without and (only is None or name in only)
    )
    return table(("option", "default", "meaning"), rows)


def first_line(documented: Any) -> str:
    return docstrings.parsed(documented).text.split("\n\n")[0].replace("\n", " ")


def pages() -> dict[str, str]:
    """The text of every page of docs/reference, by its name."""
    keras_ean.register_classes()
    import_folder("keras_ean.cli", [str(Path(keras_ean.__file__).parent / "cli")])
    python = dict(python_pages.pages(keras_ean, set()))
    made = {
        "commands": ("Which commands are there?", "Every command, as its `--help` shows it.", commands()),
        "configuration": (
            "Which keys does a configuration have?",
            "Every key of a run's YAML file, also of `--set key=value`. A section holds the keys named after it; what "
            "is required in a section is so where the section is written. Only `data` must be written: where they "
            "are left out, `backbone` and `pretrain` are chosen by the images, and `attention` is SE with a reduction "
            "of 4. A given `model` needs neither a backbone nor a pre-training. "
            "[How do I configure a run?](../configuration.md) explains the choices.",
            [table(("key", "type", "default", "meaning"), keys(Config))],
        ),
        "options": (
            "Which options do search algorithms and sources of images take?",
            "Those of a search algorithm are `search.options` in a configuration, and arguments of "
            "`ean.search.get(name, …)`. Those of images stand in the section `data` of a configuration, and are "
            "arguments of `ean.data.load(source, …)`. A run asks for three schemes for each block, at least 30, unless "
            "its configuration names `max_schemes` or `max_steps`.",
            options(),
        ),
        "index": (
            "Reference",
            "What the package says of itself. `python docs/reference_pages.py` writes these pages.",
            [
                "```{toctree}\n:maxdepth: 1\n:hidden:\n\n"
                + "\n".join(("commands", "configuration", "options", *python))
                + "\n```\n",
                "- [Commands](commands.md), [keys of a configuration](configuration.md), [options](options.md)",
                *(f"- [`{name}`]({name}.md)" for name in python),
            ],
        ),
    }
    written = {name: "\n".join([f"# {title}\n", f"{what}\n", *parts]) for name, (title, what, parts) in made.items()}
    return {name: text.rstrip() + "\n" for name, text in {**written, **python}.items()}


def write(*_) -> None:
    """Writes the pages that have changed, and removes those of names that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.stem not in made and path.name.removesuffix(".md") not in made:
            path.unlink()
    for name, text in made.items():
        path = FOLDER / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app) -> dict:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    sys.exit(write())
