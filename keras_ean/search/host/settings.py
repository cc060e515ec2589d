"""What a search was started with, and the refusal to go on with something else."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np


def check_settings(stored: Mapping[str, Any], given: Mapping[str, Any], where: object) -> None:
    """ValueError that shows each difference."""
    different = [
        f"{name} was {stored.get(name)!r} and is now {given.get(name)!r}"
        for name in sorted({*stored, *given})
        if stored.get(name) != given.get(name)
    ]
    if different:
        raise ValueError(
            f"A search goes on with the settings it was started with, but in {where}: {'; '.join(different)}. "
            "Use the old settings, another project_name, or overwrite=True."
        )


def digest(arrays: Iterable[Any]) -> str:
    """16 hexadecimal digits that stand for the values, types and shapes of NumPy arrays."""
    state = hashlib.blake2b(digest_size=8)
    for array in map(np.asarray, arrays):
        state.update(f"{array.dtype} {array.shape}".encode())
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()
