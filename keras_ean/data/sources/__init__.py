"""Data sources: one file each, found by looking into this folder."""

from keras_ean.data.source_registry import LOADERS, find, register
from keras_ean.registry import import_folder

import_folder(__name__, __path__)

__all__ = ["LOADERS", "find", "register"]
