from . import attention, backbones, bench, data, interop, measure, optimize, recipes, run, search, training
from .exporting import export
from .plugging import attachment_points, plug, plug_supernet
from .run import Run
from .scheme import Scheme
from .supernet import Distillation, Supernet, build_network, build_supernet
from .transferring import features, transfer

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
    "measure",
    "optimize",
    "plug",
    "plug_supernet",
    "recipes",
    "run",
    "search",
    "training",
    "transfer",
]
__version__: str
