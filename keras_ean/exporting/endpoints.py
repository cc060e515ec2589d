"""Endpoints of a SavedModel that take what a camera or a browser sends, and name the class."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from keras_ean.exporting.prepare import check_class_names, output_names
from keras_ean.exporting.preprocess import Preprocess


def add_classify(module, model: keras.Model, spec, class_names: Sequence[str], preprocess: Preprocess | None) -> dict:
    """Adds endpoints that build on `module.serve` to the tf.Module, and returns them by name.

    Raises:
        ValueError: There is not one class name for each output, the network has several outputs, or image endpoints are
            asked for of a network without a fixed size.
    """
    import tensorflow as tf

    check_class_names(class_names, model)
    if several := output_names(model):
        raise ValueError(
            f"preprocess= adds endpoints that name the class, but this network has the outputs {', '.join(several)}: "
            "leave it out, and serve images as the network takes them."
        )
    softmax = not gives_probabilities(model)
    names = tf.constant(class_names, tf.string) if class_names else None

    def classify(image):
        outputs = module.serve(image)
        probabilities = tf.nn.softmax(outputs) if softmax else outputs
        best = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
        result = {"probabilities": probabilities, "class": best}
        return result if names is None else {**result, "label": tf.gather(names, best)}

    endpoints = {"classify": (classify, spec)}
    if preprocess is not None:
        endpoints |= image_endpoints(classify, spec, preprocess)
    functions = {
        name: tf.function(function, input_signature=[signature], autograph=False)
        for name, (function, signature) in endpoints.items()
    }
    for name, function in functions.items():
        setattr(module, name, function)
    return functions


def image_endpoints(classify: Callable, spec, preprocess: Preprocess) -> dict:
    """Name → (function, signature) of the endpoints that take uint8 images and JPEG files."""
    import tensorflow as tf

    batch, *shape = spec.shape.as_list()
    if None in shape:
        raise ValueError(
            f"preprocess= resizes images to the network's input, but that is {tuple(shape)}, which leaves the size "
            "open: build the network for one size, or leave out preprocess=."
        )

    def decode(file):
        return preprocess(tf.io.decode_jpeg(file, channels=shape[-1])[None], shape)[0]

    def jpeg(files):
        return classify(tf.map_fn(decode, files, fn_output_signature=tf.TensorSpec(shape, tf.float32)))

    return {
        "classify_images": (
            lambda images: classify(preprocess(images, shape)),
            tf.TensorSpec((batch, None, None, shape[-1]), tf.uint8, name="image"),
        ),
        "classify_jpeg": (jpeg, tf.TensorSpec((batch,), tf.string, name="jpeg")),
    }


def gives_probabilities(model: keras.Model) -> bool:
    """Whether the outputs are probabilities of classes already, by what they are: from 0 to 1, with a sum of 1.

    The layers would not tell: a softmax may be an operation, lie in a nested model, or be followed by a cast.
    """
    shape = (4, *(32 if length is None else length for length in model.inputs[0].shape[1:]))
    noise = np.random.default_rng(0).normal(size=shape).astype("float32")
    outputs = np.array(keras.ops.convert_to_numpy(model(noise, training=False)), "float64")
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(-1), 1, atol=1e-3))
