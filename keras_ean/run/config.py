"""The configuration of a run: one YAML file plus overrides, checked before any work starts."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keras_ean.registry import unknown

Comparison = Literal["plain", "unshared", "shared", "random", "heuristic", "genetic"]
COMPARISONS: tuple[Comparison, ...] = ("plain", "unshared", "shared", "random")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(BaseModel):
    """A registered name with its options, as `{name: se, reduction: 4}` or just `se`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Training(Section):
    """How networks are trained: a recipe of `keras_ean.recipes`; what is given here replaces the recipe's value."""

    recipe: str
    epochs: int | None = Field(default=None, ge=1, description="milestones move in proportion")
    batch_size: int | None = Field(default=None, ge=1)
    rate: float | None = Field(default=None, gt=0, description="the first, or the peak of one cycle")
    precision: Literal["float32", "mixed_bfloat16"] | None = Field(
        default=None, description="default: the recipe's on an accelerator, float32 on a CPU"
    )


class Search(Section):
    """The search; `options` go to the oracle."""

    oracle: str = "surrogate"
    calibrate: int = Field(default=512, ge=0, description="images that re-estimate BatchNorm per scheme; 0: none")
    batch_size: int = Field(default=256, ge=1)
    memory: int = Field(default=1 << 30, ge=0, description="bytes of validation images kept: see docs/runs.md")
    options: dict[str, Any] = {}


class Config(Section):
    """A run, whole."""

    data: Named
    backbone: Named
    attention: Named
    share: bool = True
    sampling: str = "bernoulli"
    distill: float = Field(default=0.0, ge=0, description="weight of the supernet's distillation from the full scheme")
    seed: int = Field(default=0, ge=0)
    pretrain: Training
    search: Search = Field(default_factory=Search)
    train: Training
    compare: tuple[Comparison, ...] = Field(COMPARISONS, strict=False)
    seeds: int = Field(default=1, ge=1, description="trainings per network, each with a seed of its own")
    export: tuple[str, ...] = Field(("saved_model",), strict=False)
    keep: Literal["all", "found"] = Field(default="all", description="trained networks whose weights are kept")

    def yaml(self) -> str:
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


def example() -> Path:
    """The bundled configuration: digits under random light, ResNet-20, SE."""
    return Path(__file__).parent / "configs" / "digits.yaml"


def load_config(path: str | Path | None = None, overrides: list[str] | tuple[str, ...] = ()) -> Config:
    """The configuration in a YAML file (default: the bundled example), with overrides such as `search.calibrate=0`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not YAML, an unknown key, a wrong type, a missing key: all of them in one message.
    """
    path = Path(path) if path else example()
    if not path.is_file():
        raise FileNotFoundError(f"There is no configuration {str(path)!r}; give the path of a YAML file.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a YAML file: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds {type(values).__name__}; a configuration is a mapping of keys to values.")
    for override in overrides:
        _override(values, override)
    return parse_config(values, str(path))


def parse_config(values: dict, source: str) -> Config:
    """The configuration in `values`; ValueError with every fault in one message."""
    for key in ("data", "backbone", "attention"):
        if isinstance(values.get(key), str):
            values = {**values, key: {"name": values[key]}}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(entry)}" for entry in error.errors())
        raise ValueError(f"{source}: the configuration has faults:\n{faults}") from None


def _override(values: dict, override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not all(key.split(".")):
        raise ValueError(f"An override is key=value, such as search.calibrate=0, not {override!r}.")
    *parents, last = key.split(".")
    for parent in parents:
        inner = values.setdefault(parent, {})
        if isinstance(inner, str):
            inner = values[parent] = {"name": inner}
        if not isinstance(inner, dict):
            raise ValueError(f"{override!r}: {parent!r} holds {inner!r}, which has no keys.")
        values = inner
    values[last] = yaml.safe_load(text)


def _fault(entry) -> str:
    key = ".".join(map(str, entry["loc"]))
    if entry["type"] == "extra_forbidden":
        section: Any = Config
        for part in entry["loc"][:-1]:
            section = section.model_fields[part].annotation
        return f"{key}: {unknown('key', entry['loc'][-1], section.model_fields)}"
    if entry["type"] == "missing":
        return f"{key}: is missing"
    return f"{key}: {entry['msg']}, not {entry['input']!r}"
