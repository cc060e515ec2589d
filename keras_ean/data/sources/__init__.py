"""Data sources: one file each, found by looking into this folder."""

import importlib
import pkgutil

from keras_ean.data.loader import LOADERS, find, register

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["LOADERS", "find", "register"]
