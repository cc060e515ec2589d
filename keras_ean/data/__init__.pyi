from .batches.augment import CentreCrop, CropFlip, ResizedCrop
from .batches.batches import Batches
from .batches.layers import CropFlipLayer
from .batches.on_device import OnDevice
from .image_data import ImageData
from .light import random_light
from .loading import available, load, prepare
from .options import Options
from .source_registry import register
from .sources.arrays import from_arrays
from .split import Split

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
