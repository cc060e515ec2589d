from . import attention, backbones, bench, data, interop, optimize, recipes, search
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
    "optimize",
    "plug",
    "plug_supernet",
    "recipes",
    "search",
    "transfer",
]
__version__: str

def register_classes() -> None: ...
