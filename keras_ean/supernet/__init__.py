"""The supernet: all networks of a backbone in one model with shared weights, and the network of one scheme."""

from keras_ean.supernet import sampling
from keras_ean.supernet.calibration import Calibrator
from keras_ean.supernet.distillation import Distillation
from keras_ean.supernet.network import build_network
from keras_ean.supernet.supernet import Supernet, build_supernet

__all__ = ["Calibrator", "Distillation", "Supernet", "build_network", "build_supernet", "sampling"]
