from . import (
    attention,
    backbones,
    backend,
    bench,
    data,
    exporting,
    folding,
    interop,
    looking,
    measure,
    optimize,
    plugging,
    recipes,
    run,
    search,
    supernet,
    testing,
    tracking,
    training,
)
from .costing import cost
from .exporting import export
from .folding import find_gates, fold, prune_gates
from .improving import Improvement, improve
from .looking import attention_statistics, gradcam
from .plugging import attachment_points, plug, plug_supernet
from .run import Run
from .scheme import Scheme
from .supernet import Distillation, Supernet, build_network, build_supernet
from .transferring import features, transfer

__all__ = [
    "Distillation",
    "Improvement",
    "Run",
    "Scheme",
    "Supernet",
    "attachment_points",
    "attention",
    "attention_statistics",
    "backbones",
    "backend",
    "bench",
    "build_network",
    "build_supernet",
    "cost",
    "data",
    "export",
    "exporting",
    "features",
    "find_gates",
    "fold",
    "folding",
    "gradcam",
    "improve",
    "interop",
    "looking",
    "measure",
    "optimize",
    "plug",
    "plug_supernet",
    "plugging",
    "prune_gates",
    "recipes",
    "run",
    "search",
    "supernet",
    "testing",
    "tracking",
    "training",
    "transfer",
]
__version__: str

def register_classes() -> None: ...
