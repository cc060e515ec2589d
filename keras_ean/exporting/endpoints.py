"""Endpoints of a SavedModel that take what a camera or a browser sends, and name the class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from keras_ean.data import CentreCrop, ImageData


@dataclass(frozen=True)
class Preprocess:
    """From uint8 images of any size to what the network takes, as `keras_ean.data` evaluates.

    The shorter side is resized (bilinear, antialiased), the centre cut out, and the pixels become
    (image · scale − mean) / std.

    Args:
        mean: one value, or one per channel, in scaled units.
        std: likewise.
        scale: of the uint8 values; 1/255 brings them to 0 … 1.
        resize: pixels of the shorter side before the cut; default: as few as the network's input needs.

    Raises:
        ValueError: a std that is not positive.

    Example:
        >>> Preprocess(mean=(0.5,), std=(0.25,)).scale
        0.00392156862745098
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    scale: float = 1 / 255
    resize: int | None = None

    def __post_init__(self):
        for name in ("mean", "std"):
            value = getattr(self, name)
            values = (value,) if isinstance(value, int | float) else value
            object.__setattr__(self, name, tuple(map(float, values)))
        if min(self.std) <= 0:
            raise ValueError(f"The std of a preprocessing is positive, not {self.std!r}.")

    @classmethod
    def of(cls, data: ImageData) -> "Preprocess":
        """What the images of a data set go through before a network sees them."""
        resize = data.test.prepare.resize if isinstance(data.test.prepare, CentreCrop) else None
        return cls(data.mean, data.std, resize=resize) if data.test.normalize else cls(resize=resize)

    def __call__(self, images, image_shape: Sequence[int]):
        """(batch, height, width, channels), any dtype → (batch, *image_shape), float32; TensorFlow operators."""
        import tensorflow as tf

        size = tf.constant(image_shape[:2], tf.float64)
        have = tf.cast(tf.shape(images)[1:3], tf.float64)
        factor = tf.reduce_max(size / have)
        if self.resize is not None:
            factor = tf.maximum(factor, self.resize / tf.reduce_min(have))
        target = tf.maximum(tf.floor(have * factor), size)
        images = tf.image.resize(tf.cast(images, tf.float32), tf.cast(target, tf.int32), antialias=True)
        top, left = tf.unstack(tf.cast(tf.round((target - size) / 2), tf.int32))
        images = images[:, top : top + image_shape[0], left : left + image_shape[1]]
        return (tf.ensure_shape(images, (None, *image_shape)) * self.scale - self.mean) / self.std


def add_classify(module, model: keras.Model, spec, class_names: Sequence[str], preprocess: Preprocess | None) -> dict:
    """Adds endpoints that build on `module.serve` to the tf.Module, and returns them by name.

    Raises:
        ValueError: class names that are not one per output, or image endpoints of a network without a fixed size.
    """
    import tensorflow as tf

    classes, softmax = model.output_shape[-1], not gives_probabilities(model)
    if class_names and len(class_names) != classes:
        raise ValueError(f"One class name per output: the network has {classes}, but {len(class_names)} were given.")
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
        raise ValueError(f"Images of any size are resized to the network's input, but that is {tuple(shape)}.")

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
