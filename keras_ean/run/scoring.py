"""What scores schemes in the searches of a run, and in `keras-ean rank`."""

import math

from keras_ean.data import Split
from keras_ean.run.architecture import calibration_rows
from keras_ean.run.context import Context
from keras_ean.search import SupernetEvaluator
from keras_ean.supernet import Supernet


def evaluator(context: Context, supernet: Supernet, samples: int) -> SupernetEvaluator:
    """Scores on the validation images, at most `samples` schemes at once.

    Those that take more than `search.memory` bytes as float32 are read batch by batch instead of put on the accelerator
    at once: from 8-bit pixels in memory if these fit, else from their files for each batch of schemes.
    """
    settings, data, images = context.config.search, context.images.data, None
    if settings.calibrate:
        images, _ = data.train.take(calibration_rows(context.config, len(data.train))).arrays()
    validation: Split | tuple = data.validation
    pixels = len(data.validation) * math.prod(data.shape)
    if 4 * pixels <= settings.memory:
        validation = data.validation.arrays()
    elif not data.validation.in_memory and pixels <= settings.memory:
        validation = data.validation.prepared()
    return SupernetEvaluator(supernet, validation, settings.batch_size, images, at_once=samples)
