"""`model:` of a configuration: somebody's trained model in place of a backbone."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
