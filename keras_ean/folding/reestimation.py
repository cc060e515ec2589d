"""BatchNorm statistics of a network whose weights have changed."""

from typing import Any

import keras
from keras import ops

from keras_ean import backend
from keras_ean.data.as_arrays import as_images
from keras_ean.folding.measured import check_images
from keras_ean.supernet.calibration import averaged, batch_statistics, in_batches


def reestimate(network: keras.Model, images: Any, batch_size: int = 256) -> None:
    """Estimates the moving statistics of a network's BatchNorm layers again, in place: as the means of the batch
    statistics over `images`.

    Args:
        network: A functional model.
        images: Images as the network takes them, best those of the training with its augmentation: an array, a `Split`,
            a `tf.data.Dataset`, a `keras.utils.PyDataset` or an iterable of batches, with labels or without.
        batch_size: The number of images per forward pass.

    Raises:
        ValueError: There are no images, or they are in another form or of another shape.
    """
    images = as_images(images, inputs=len(network.inputs))
    check_images(images, [tuple(x.shape[1:]) for x in network.inputs])
    batches, weights = in_batches(images, batch_size)
    trainable, fixed = backend.values(network.trainable_variables), backend.values(network.non_trainable_variables)
    run = batch_statistics(network)
    runs = [run(trainable, fixed, keras.tree.map_structure(ops.convert_to_tensor, batch)) for batch in batches]
    for variable, value in zip(network.non_trainable_variables, averaged(fixed, runs, weights), strict=True):
        variable.assign(value)
