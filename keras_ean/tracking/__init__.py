"""What a run tells while it goes on: to TensorBoard, and to any other tracker."""

from keras_ean.tracking.epochs import Epochs
from keras_ean.tracking.tensorboard import TensorBoard
from keras_ean.tracking.tracker import Guarded, Tracker, Trackers

__all__ = ["Epochs", "Guarded", "TensorBoard", "Tracker", "Trackers"]
