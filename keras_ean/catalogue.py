"""The registries as Markdown tables, for the documentation."""

import inspect
import re
import sys
from collections.abc import Iterable

import keras

from keras_ean import attention, backbones
from keras_ean.attention.base import REGISTRY as MODULES
from keras_ean.attention.base import Attention
from keras_ean.backbones.base import REGISTRY as FAMILIES
from keras_ean.plugging import attachment_points
from keras_ean.recipes.recipe import Recipe
from keras_ean.recipes.table import RECIPES

CHANNELS = 64
APPLICATIONS = (
    "ResNet50",
    "ResNet50V2",
    "MobileNetV2",
    "MobileNetV3Small",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "ConvNeXtTiny",
    "Xception",
    "NASNetMobile",
)
"""A model of each residual family of keras.applications."""


def modules() -> str:
    """One row per attention module: name, source, options, parameters at 64 channels, and what is not shared.

    Example:
        >>> print(modules().splitlines()[0])
        | name | module | options | parameters at 64 channels | not shared between blocks |
    """
    rows, common = [], Attention().get_config()
    for name in attention.available():
        cls, module = MODULES.lookup(name), attention.get(name)
        module.build((None, 8, 8, CHANNELS))
        apart = re.search(r"Not shared between blocks: (.+?)\. ?(?:Shared|$)", inspect.getdoc(cls) or "", re.DOTALL)
        own = {key: value for key, value in module.get_config().items() if key not in common}
        rows.append((f"`{name}`", source(cls), listed(own), f"{module.count_params():,}", apart[1] if apart else ""))
    return table(("name", "module", "options", f"parameters at {CHANNELS} channels", "not shared between blocks"), rows)


def families() -> str:
    """One row per backbone name: stages, source, options.

    Example:
        >>> print(families().splitlines()[0])
        | name | residual blocks by stage | family | options |
    """
    rows = []
    for family in FAMILIES.available():
        cls = FAMILIES.lookup(family)
        for name in cls.examples():
            backbone = backbones.get(name)
            stages = ", ".join(map(str, backbone.stages))
            rows.append((f"`{name}`", stages, source(cls), listed(backbone.get_config())))
    return table(("name", "residual blocks by stage", "family", "options"), rows)


def recipes() -> str:
    """One row per recipe: epochs, batch size, the first or highest rate, and all else that it sets."""
    rows = []
    for name, recipe in RECIPES.items():
        plain = Recipe(recipe.epochs, recipe.batch_size, recipe.rate)
        own = {key: value for key, value in vars(recipe).items() if value != getattr(plain, key)}
        rows.append((f"`{name}`", recipe.epochs, recipe.batch_size, recipe.rate, listed(own)))
    return table(("name", "epochs", "batch size", "rate", "what else it sets"), rows)


def places() -> str:
    """One row per residual family of `keras.applications`: its places for attention, and their stages."""
    models = ((name, getattr(keras.applications, name)(weights=None)) for name in APPLICATIONS)
    return table(("model", "places", "stages"), (places_row(name, model) for name, model in models))


def places_row(name: str, model: keras.Model) -> tuple[str, str, str]:
    """What the table of places says of one model."""
    stages = attachment_points(model).stages
    return f"`{name}`", str(sum(stages)), ", ".join(map(str, stages))


def source(cls: type) -> str:
    """First line of the docstring of the file that defines `cls`, or else of its own: what it is, and the paper."""
    return (
        (sys.modules[cls.__module__].__doc__ or inspect.getdoc(cls) or cls.__name__).strip().splitlines()[0].rstrip(".")
    )


def listed(options: dict) -> str:
    return ", ".join(f"`{name}={value!r}`" for name, value in options.items()) or "none"


def table(head: Iterable, rows: Iterable[Iterable]) -> str:
    """A Markdown table."""
    lines = [list(map(str, row)) for row in (head, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    print(modules(), families(), recipes(), places(), sep="\n")
