"""Reading a configuration: one YAML file plus overrides, with every fault in one message."""

from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from keras_ean.registry import unknown
from keras_ean.run.config import Config


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
    return configured(values, overrides, str(path))


def configured(values: dict, overrides: list[str] | tuple[str, ...], source: str) -> Config:
    """The configuration in `values` with overrides; ValueError with every fault in one message."""
    for override in overrides:
        _override(values, override)
    return parse_config(values, source)


def parse_config(values: dict, source: str) -> Config:
    """The configuration in `values`; ValueError with every fault in one message."""
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
        return f"{key}: {unknown('key', entry['loc'][-1], _section(entry['loc'][:-1]).model_fields)}"
    if entry["type"] == "missing":
        return f"{key}: is missing"
    if entry["type"] == "value_error":
        return f"{key}: {entry['ctx']['error']}"
    return f"{key}: {entry['msg']}, not {entry['input']!r}"


def _section(path: tuple[str | int, ...]) -> type[BaseModel]:
    """The section at a place of the configuration; names in a mapping of sections lead no further."""
    section: type[BaseModel] = Config
    for part in path:
        if field := section.model_fields.get(str(part)):
            found: Any = field.annotation
            while parts := get_args(found):
                found = next(one for one in reversed(parts) if one is not type(None))
            section = found
    return section
