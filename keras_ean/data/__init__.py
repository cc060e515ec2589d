"""Data sets for image classification: train, search-validation and test from one call."""

from keras_ean.data.batches.augment import CentreCrop, CropFlip, ResizedCrop
from keras_ean.data.batches.batches import Batches
from keras_ean.data.batches.layers import CropFlipLayer
from keras_ean.data.batches.on_device import OnDevice
from keras_ean.data.image_data import ImageData
from keras_ean.data.light import random_light
from keras_ean.data.load import available, load, prepare
from keras_ean.data.options import Options
from keras_ean.data.source_registry import register
from keras_ean.data.sources.arrays import from_arrays
from keras_ean.data.split import Split

__all__ = [
    "Batches",
    "CentreCrop",
    "CropFlip",
    "CropFlipLayer",
    "ImageData",
    "OnDevice",
    "Options",
    "ResizedCrop",
    "Split",
    "available",
    "from_arrays",
    "load",
    "prepare",
    "random_light",
    "register",
]
