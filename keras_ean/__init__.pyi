from . import attention, backbones, bench, data, interop, optimize, recipes, search
from .distillation import Distillation
from .exporting import export
from .network import build_network
from .plugging import attachment_points, plug, plug_supernet
from .reuse import features, transfer
from .run import Run
from .scheme import Scheme
from .supernet import Supernet, build_supernet

__all__ = [
    "Distillation",
    "Run",
    "Scheme",
    "Supernet",
    "attachment_points",
    "attention",
    "backbones",
    "bench",
    "build_network",
    "build_supernet",
    "data",
    "export",
    "features",
    "interop",
    "optimize",
    "plug",
    "plug_supernet",
    "recipes",
    "search",
    "transfer",
]
__version__: str
