"""Export formats by name: one file each, found by looking into this folder."""

import importlib
import pkgutil

from keras_ean.exporting.base import REGISTRY, Format, get, register

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

available = REGISTRY.available

__all__ = ["Format", "available", "get", "register"]
