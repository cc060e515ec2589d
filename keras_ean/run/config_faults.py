"""What is wrong with the values of a configuration, in the words of whoever wrote it."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from keras_ean.registry import unknown
from keras_ean.run.config import Config


@contextmanager
def faults_in_words(*inside: str) -> Iterator[None]:
    """Says what is wrong with settings that are made in here as it is said of a configuration's.

    Args:
        inside: Sections whose keys were given without them.

    Raises:
        ValueError: Faults of keys and values, all of one section in one message.
    """
    try:
        yield
    except ValidationError as error:
        faults = [fault_of(entry) for entry in error.errors()]
        sections = tuple(f"{section}." for section in inside)
        raise ValueError("\n".join(_without(fault, sections) for fault in faults)) from None


def _without(fault: str, sections: tuple[str, ...]) -> str:
    return next((fault.removeprefix(section) for section in sections if fault.startswith(section)), fault)


def fault_of(entry) -> str:
    key = ".".join(map(str, entry["loc"]))
    if entry["type"] == "extra_forbidden":
        told = unknown("key", entry["loc"][-1], _section(entry["loc"][:-1]).model_fields)
        there = _in_sections(str(entry["loc"][-1]))
        return f"{key}: {told}" + (f" In other sections there is {' and '.join(there)}." if there else "")
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


def _in_sections(key: str) -> list[str]:
    """The sections that have a key of this name, each with it, as "pretrain.epochs"."""
    sections = {name: _section((name,)) for name in Config.model_fields}
    return [
        f"{name}.{key}"
        for name, section in sections.items()
        if isinstance(section, type) and issubclass(section, BaseModel) and key in section.model_fields
    ]


def right_ones(values: dict, usual: dict, error: ValidationError) -> Config:
    """What is right of the values, with usual ones in place of what is missing."""
    values, whole = deepcopy(values), usual
    if values.get("model") is not None:  # In place of a backbone and its training.
        usual = {key: value for key, value in whole.items() if key not in ("backbone", "pretrain", "train")}
    while True:
        for entry in error.errors():
            if not entry["loc"]:
                return Config.model_validate(whole)
            *parents, last = entry["loc"]
            section: Any = values
            for parent in parents:
                section = section.get(parent) if isinstance(section, dict) else None
            if isinstance(section, dict) and last in section:
                del section[last]
            else:
                values.pop(entry["loc"][0], None)
        try:
            return Config.model_validate({**usual, **values})
        except ValidationError as further:
            error = further
