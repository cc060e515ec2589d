"""The looks at which places leave the space of a run's supernet, which keeps them for its report."""

import time
from typing import Any

from keras_ean.run.folder import RunFolder
from keras_ean.run.left_early import Left, note_look
from keras_ean.search import SpaceShrinking


class Shrinking(SpaceShrinking):
    """Shrinks the space as `keras_ean.search.SpaceShrinking`, and keeps in a run's folder what left, and the time.

    Args:
        folder: The folder of the run.
        common: The arguments of `SpaceShrinking`.
        named: The named arguments of `SpaceShrinking`.
    """

    def __init__(self, folder: RunFolder, *common: Any, **named: Any):
        super().__init__(*common, **named)
        self.folder = folder

    def on_epoch_begin(self, epoch, logs=None):
        begun = time.perf_counter()
        super().on_epoch_begin(epoch, logs)
        if epoch in self.epochs:
            now = [one for one in self.decisions if one.epoch == epoch]
            left = [
                Left(one.epoch, one.block, one.bit, one.effect.effect, one.effect.low, one.effect.high) for one in now
            ]
            note_look(self.folder, self.params["epochs"], epoch, time.perf_counter() - begun, left)
