"""Batches cut into equal parts for several devices."""

import keras
import numpy as np

from keras_ean.data.batches.batches import Batches


class DividedBatches(keras.utils.PyDataset):
    """The batches of another sequence, each of a size that divides evenly over the devices.

    An epoch's last batch loses the images left over, fewer than there are devices; one of no more than these is left
    out. Of several processes each gets its own part of every batch, in their order: together they give the batches
    of one process. `start` tells the epoch, as `training.fit` does at the beginning of each.

    Args:
        batches: The batches of the global batch size.
        devices: The number of devices of all processes together.
        process: The index of this process, counted from 0.
        processes: The number of processes, each with equally many devices.

    Raises:
        ValueError: The batch size is no multiple of the number of devices, or there are fewer images than devices.

    Example:
        >>> from keras_ean.data import Split
        >>> split = Split(np.zeros((11, 8, 8, 1), "uint8"), np.arange(11))
        >>> [y.tolist() for x, y in DividedBatches(split.batches(4), devices=2)]
        [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        >>> [y.tolist() for x, y in DividedBatches(split.batches(4), devices=2, process=1, processes=2)]
        [[2, 3], [6, 7], [9]]
    """

    def __init__(self, batches: Batches, devices: int, process: int = 0, processes: int = 1):
        super().__init__()
        size, images = batches.batch_size, len(batches.split)
        if size % devices:
            raise ValueError(
                f"The batch size counts the images of all devices together and is a multiple of their number; {size} "
                f"is no multiple of {devices}. Choose another batch_size or another number of devices."
            )
        if images < devices:
            raise ValueError(f"{images} images are too few for {devices} devices; choose fewer devices.")
        self.batches = batches
        self.devices, self.process, self.processes = devices, process, processes
        left_out = not batches.drop_remainder and 0 < images % size < devices
        self.length = len(batches) - left_out

    def over(self, batches: Batches) -> "DividedBatches":
        """Other batches, divided like these."""
        return DividedBatches(batches, self.devices, self.process, self.processes)

    def start(self, epoch: int) -> None:
        """Goes to the beginning of an epoch."""
        self.batches.start(epoch)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        batch = self.batches[index]
        images = len(keras.tree.flatten(batch)[0])
        share = images // self.devices * self.devices // self.processes
        part = slice(self.process * share, (self.process + 1) * share)
        return keras.tree.map_structure(lambda values: values[part], batch)
