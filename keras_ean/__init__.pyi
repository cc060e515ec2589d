from . import attention, backbones
from .network import build_network
from .scheme import Scheme
from .supernet import Supernet, build_supernet

__all__ = ["Scheme", "Supernet", "attention", "backbones", "build_network", "build_supernet"]
__version__: str
