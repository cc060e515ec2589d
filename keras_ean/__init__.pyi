from . import attention, backbones, data, interop, optimize, recipes, search
from .exporting import export
from .network import build_network
from .plugging import attachment_points, plug, plug_supernet
from .run import Run
from .scheme import Scheme
from .supernet import Supernet, build_supernet

__all__ = [
    "Run",
    "Scheme",
    "Supernet",
    "attachment_points",
    "attention",
    "backbones",
    "build_network",
    "build_supernet",
    "data",
    "export",
    "interop",
    "optimize",
    "plug",
    "plug_supernet",
    "recipes",
    "search",
]
__version__: str
