"""Export formats by name: one file each, found by looking into this folder."""

from keras_ean.exporting.base import REGISTRY, Format, get, register
from keras_ean.registry import import_folder

import_folder(__name__, __path__)

available = REGISTRY.available

__all__ = ["Format", "available", "get", "register"]
