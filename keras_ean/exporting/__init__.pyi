from . import formats
from .exporter import Export, export, export_all
from .preprocess import Preprocess
from .receipt import ParityError, Receipt

__all__ = ["Export", "ParityError", "Preprocess", "Receipt", "export", "export_all", "formats"]
