"""What a search was started with, and the refusal to go on with something else."""

import re
from collections.abc import Mapping
from typing import Any


def check_settings(stored: Mapping[str, Any], given: Mapping[str, Any], where: object) -> None:
    """ValueError that shows each difference."""
    different = [
        _difference(name, stored.get(name), given.get(name))
        for name in sorted({*stored, *given})
        if stored.get(name) != given.get(name)
    ]
    if different:
        raise ValueError(
            f"A search goes on with the settings it was started with, but in {where}: {'; '.join(different)}. "
            "Use the old settings, or begin another search: on the command line with another --out, in Python with "
            "another project_name or overwrite=True."
        )


DIGESTS = {
    "validation_set": "the validation images have changed",
    "training_set": "the training images have changed",
    "calibration": "the images of the calibration have changed",
    "supernet": "the supernet is another one",
}
"""What other digests mean."""


def _difference(name: str, before: Any, now: Any) -> str:
    if name in DIGESTS and all(re.fullmatch("[0-9a-f]{16}", str(digest)) for digest in (before, now)):
        return DIGESTS[name]
    return f"{name} was {before!r} and is now {now!r}"
