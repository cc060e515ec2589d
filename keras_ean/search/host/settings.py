"""What a search was started with, and the refusal to go on with something else."""

from collections.abc import Mapping
from typing import Any


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
