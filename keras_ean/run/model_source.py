"""`model:` of a configuration: somebody's trained model in place of a backbone."""

import ast
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from keras_ean.registry import look_up
from keras_ean.run.pixels import Pixels

APPLICATIONS = "keras.applications"
GIVEN_IMAGES = "given"
"""What a configuration calls images that were given in Python."""


class ModelSource(BaseModel):
    """Says where the model comes from, and what its file does not tell of its task."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str = Field(description="a .keras file, keras.applications:NAME, or module:function that makes it")
    weights: str | None = Field(default=None, description="the file that weights are loaded from (.weights.h5)")
    size: tuple[int, int] | None = Field(
        default=None, strict=False, description="height and width that a model of keras.applications is made for"
    )
    at: tuple[str, ...] | None = Field(default=None, strict=False, description="layers to plug attention after")
    loss: str | None = Field(default=None, description="the loss, for a model that is not compiled")
    metrics: tuple[str, ...] = Field(default=(), strict=False, description="metrics in place of the compiled ones")
    objective: str | None = Field(
        default=None, description="the metric that decides; default: the first compiled one, or the loss"
    )
    direction: Literal["max", "min"] | None = Field(
        default=None, description="whether more or less of the objective is better, if its name does not tell"
    )
    pixels: Pixels | None = Field(default=None, description="what the model takes photographs as")
    imports: tuple[str, ...] = Field(
        default=(), strict=False, description="Python files that define its own layers and losses"
    )
    unsafe: bool = Field(
        default=False, description="whether Python code (Lambda layers) in its file is loaded; trust it first"
    )
    digest: str | None = Field(default=None, description="what tells a model that was given in Python from others")

    @property
    def application(self) -> bool:
        """Whether it is one of keras.applications, made for the classes of the data."""
        return self.name.partition(":")[0] == APPLICATIONS


def is_function(name: str) -> bool:
    """Whether it is written as `module:function`."""
    module, colon, function = name.partition(":")
    return bool(colon) and module.replace(".", "").isidentifier() and function.isidentifier()


def check_model(source: ModelSource) -> None:
    """Looks whether what is named is there; nothing is opened, and Keras not imported.

    Raises:
        FileNotFoundError: The file of the model, of its weights or of its own classes is missing.
        ImportError: There is no such module.
        ValueError: keras.applications has no such model.
    """
    if source.application:
        look_up("application", source.name.partition(":")[2], dict.fromkeys(applications()))
    elif is_function(source.name):
        check_function(source.name)
    elif not Path(source.name).exists():
        raise FileNotFoundError(
            f"there is no file {source.name!r}. Give a .keras file, keras.applications:NAME, or module:function."
        )
    for file in (source.weights, *source.imports):
        if file is not None and not Path(file).is_file():
            raise FileNotFoundError(f"there is no file {file!r}.")


def check_function(name: str) -> None:
    """ImportError unless there is the module of `module:function`, in the working directory or where Python looks."""
    module = name.partition(":")[0]
    top = module.partition(".")[0]
    if top not in sys.modules and PathFinder.find_spec(top, [str(Path.cwd()), *sys.path]) is None:
        raise ImportError(f"There is no module {module!r}, neither in {Path.cwd()} nor installed.")


def applications() -> list[str]:
    """The models of keras.applications, read from the text of the installed Keras."""
    spec = find_spec("keras")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    text = Path(spec.submodule_search_locations[0], "applications", "__init__.py").read_text(encoding="utf-8")
    imports = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom))
    return sorted(alias.name for node in imports for alias in node.names if alias.name[0].isupper())
