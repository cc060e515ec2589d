"""What scores schemes in the searches of a run, and in `keras-ean rank`."""

import math

import numpy as np

from keras_ean.run.context import Context
from keras_ean.search import SupernetEvaluator
from keras_ean.search.evaluators.streamed import StreamedEvaluator
from keras_ean.search.evaluators.supernet import usual_schemes_per_pass
from keras_ean.search.host.tuner import Evaluator
from keras_ean.supernet import Supernet


def evaluator(context: Context, supernet: Supernet, samples: int) -> Evaluator:
    """Scores on the validation images, at most `samples` schemes at once.

    Those that take more than `search.memory` bytes as float32 are streamed instead of put on the accelerator at once:
    from 8-bit pixels in memory if these fit, else from their files for each batch of schemes.
    """
    settings, data, images = context.config.search, context.images.data, None
    validation = data.validation
    if settings.calibrate:
        order = np.random.default_rng(context.config.seed).permutation(len(data.train))
        images, _ = data.train.take(order[: settings.calibrate]).arrays()
    pixels = len(validation) * math.prod(data.shape)
    if 4 * pixels > settings.memory:
        kept = validation if validation.in_memory or pixels > settings.memory else validation.prepared()
        return StreamedEvaluator(supernet, kept, settings.batch_size, images)
    arrays = validation.arrays()
    most = min(usual_schemes_per_pass(arrays[0], settings.batch_size), samples)
    return SupernetEvaluator(supernet, arrays, settings.batch_size, images, most)
