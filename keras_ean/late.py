"""Modules that take seconds to import, imported when something of them is first used."""

import importlib
from typing import Any


class Late:
    """Stands for a module, so that a file can be imported without it.

    Args:
        name: The name of the module.

    Example:
        >>> json = Late("json")
        >>> json.loads("[1, 2]")
        [1, 2]
    """

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
