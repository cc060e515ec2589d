"""Training on one device or several, in pieces that resume."""

from keras_ean.training.checkpoint import Checkpoint, discard
from keras_ean.training.curve import Curve, read_curve
from keras_ean.training.devices import ONE, Devices, choose_devices
from keras_ean.training.fine_tuning import FineTuning
from keras_ean.training.fit import fit
from keras_ean.training.scorer import Scorer
from keras_ean.training.task import Task
from keras_ean.training.time_limit import OutOfTime, StopInTime, TimeLimit
from keras_ean.training.validation import Validation

__all__ = [
    "ONE",
    "Checkpoint",
    "Curve",
    "Devices",
    "FineTuning",
    "OutOfTime",
    "Scorer",
    "StopInTime",
    "Task",
    "TimeLimit",
    "Validation",
    "choose_devices",
    "discard",
    "fit",
    "read_curve",
]
