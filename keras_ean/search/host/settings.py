"""What a search was started with, and the refusal to go on with something else."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

from keras_ean.registry import unknown
from keras_ean.search.algorithms.searcher import Searcher

HOST = ("self", "stages", "samples", "seed", "admits")


def searcher_options(searcher: type[Searcher], options: Mapping[str, Any]) -> dict[str, Any]:
    """The searcher's own options with their defaults filled in.

    Raises:
        ValueError: an option that the searcher does not have.
    """
    parameters = inspect.signature(searcher.__init__).parameters
    known = {name: parameter.default for name, parameter in parameters.items() if name not in HOST}
    for name in options:
        if name not in known:
            raise ValueError(f"{searcher.__name__}: {unknown('option', name, known)}")
    return {**known, **options}


def check_settings(stored: Mapping[str, Any], given: Mapping[str, Any], where: str) -> None:
    """ValueError that shows each difference, unless both are equal, or equal as `number`s."""
    different = [
        f"{name} was {stored.get(name)!r} and is now {given.get(name)!r}"
        for name in sorted({*stored, *given})
        if stored.get(name) != given.get(name) and number(stored.get(name)) != number(given.get(name))
    ]
    if different:
        raise ValueError(
            f"A search goes on with the settings it was started with, but in {where}: {'; '.join(different)}. "
            "Use the old settings, another project_name, or overwrite=True."
        )


def number(value: Any) -> float:
    """The value itself if it is a number, else one that stands for it: what a worker can tell its chief.

    Example:
        >>> number(3), number("abc") == number("abd")
        (3.0, False)
    """
    if isinstance(value, int | float):
        return float(value)
    return float(int(hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12], 16))
