"""The files that a run's images are read from, so that changed ones are told by their names."""

import os
from collections.abc import Mapping
from pathlib import Path

from keras_ean.data.tree import find_images

MOST = 100_000
"""Files up to which a run keeps a list of them."""
SHOWN = 3


def inventory(source: str) -> dict[str, int]:
    """Bytes of every image below a folder, by its path there; empty for other data, and for very many files."""
    root = Path(source)
    if not root.is_dir():
        return {}
    files = [path for classes in find_images(root).files.values() for paths in classes.values() for path in paths]
    if len(files) > MOST:
        return {}
    return {os.path.relpath(path, root): path.stat().st_size for path in files}


def changes(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    """What has changed, with counts and some names; empty if nothing has.

    Example:
        >>> changes({"cats/1.jpg": 5, "cats/2.jpg": 5}, {"cats/1.jpg": 6, "dogs/1.jpg": 5})
        '1 file is new (dogs/1.jpg), 1 file is gone (cats/2.jpg), 1 file has another size (cats/1.jpg)'
    """
    kinds = {
        "new": sorted(now.keys() - before.keys()),
        "gone": sorted(before.keys() - now.keys()),
        "of another size": sorted(name for name in now.keys() & before.keys() if now[name] != before[name]),
    }
    return ", ".join(_kind(kind, names) for kind, names in kinds.items() if names)


def _kind(kind: str, names: list[str]) -> str:
    one = len(names) == 1
    verb = f"{'is' if one else 'are'} {kind}"
    if kind == "of another size":
        verb = "has another size" if one else "have another size"
    more = ", …" if len(names) > SHOWN else ""
    return f"{len(names)} file{'' if one else 's'} {verb} ({', '.join(names[:SHOWN])}{more})"
