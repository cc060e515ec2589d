"""Out of the door: artefacts that run without keras_ean, each proven equal to its network."""

from keras_ean.exporting import formats
from keras_ean.exporting.exporter import Export, export, export_all
from keras_ean.exporting.preprocess import Preprocess
from keras_ean.exporting.receipt import ParityError, Receipt

__all__ = ["Export", "ParityError", "Preprocess", "Receipt", "export", "export_all", "formats"]
