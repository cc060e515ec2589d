"""Sphinx extension that writes docs/reference: what the package says of itself, so that it is never written twice."""

import inspect
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import keras_ean
from keras_ean import catalogue
from keras_ean.cli.app import app
from keras_ean.registry import import_folder
from keras_ean.run.config import Config
from keras_ean.run.defaults import NEEDED

FOLDER = Path(__file__).parent / "reference"
VALUES = {str: "text", int: "whole number", float: "number", bool: "true or false"}
"""What values of types are called; all others are sections."""


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    return catalogue.table(head, ([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows))


def names(module: types.ModuleType) -> list[str]:
    """What a module makes public: its `__all__`, or else what it defines itself."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return sorted(listed)
    own = {name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__}
    return sorted(name for name in own if not name.startswith("_"))


def api(module: types.ModuleType, seen: set[int]) -> Iterator[str]:
    """Every public class and function of a module and of the public modules in it, each where it is met first."""
    inner, own = [], []
    for name in names(module):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            if value.__name__.startswith("keras_ean"):
                inner.append(value)
        elif (inspect.isclass(value) or inspect.isfunction(value)) and id(value) not in seen:
            seen.add(id(value))
            own.append((name, value))
    title = module.__name__
    yield f"## `{title}`\n\n{inspect.cleandoc(module.__doc__ or '').splitlines()[0]}\n" if own else ""
    for name, value in own:
        kind, members = ("class", "\n   :members:") if inspect.isclass(value) else ("function", "")
        yield f"```{{eval-rst}}\n.. auto{kind}:: {title}.{name}{members}\n```\n"
    for value in inner:
        yield from api(value, seen)


def commands() -> Iterator[str]:
    """Every command with its arguments and options, from its help."""
    import_folder("keras_ean.cli", [str(Path(keras_ean.__file__).parent / "cli")])
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
        yield f"`{prefix}{name}`", type_name(field.annotation), value, field.description or ""
        for inner in sections(field.annotation):
            yield from keys(inner, f"{prefix}{name}.")


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


def write(*_) -> None:
    """Writes the pages."""
    keras_ean.register_classes()
    FOLDER.mkdir(exist_ok=True)
    key_table = table(("key", "type", "default", "meaning"), keys(Config))
    pages = {
        "api": ("Python", "Every public name. Whatever is not here may change without notice.", api(keras_ean, set())),
        "commands": ("Command line", "Every command, as its `--help` shows it.", commands()),
        "configuration": (
            "Configuration",
            "Every key of a run's YAML file, also of `--set key=value`. A section holds the keys named after it; what "
            "is required in a section is so where the section is written. Only `data` must be written: where they "
            "are left out, `backbone` and `pretrain` are chosen by the images, and `attention` is SE with a reduction "
            "of 4. A given `model` needs neither a backbone nor a pre-training.",
            [key_table],
        ),
        "catalogue": (
            "Modules and backbones",
            "What `attention:` and `backbone:` can name.",
            ["## Attention modules\n", catalogue.modules(), "\n## Backbones\n", catalogue.families()],
        ),
    }
    for name, (title, what, parts) in pages.items():
        (FOLDER / f"{name}.md").write_text("\n".join([f"# {title}\n", f"{what}\n", *parts]), encoding="utf-8")


def setup(app) -> dict:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    sys.exit(write())
