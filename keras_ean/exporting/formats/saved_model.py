"""TensorFlow SavedModel."""

from dataclasses import dataclass

from keras_ean.exporting.base import Format, register
from keras_ean.exporting.endpoints import add_classify
from keras_ean.exporting.preprocess import Preprocess

PATTERN = "*?[\\"
"""Characters in a path that TensorFlow does not take for themselves when it loads weights."""


@register("saved_model")
@dataclass(frozen=True)
class SavedModel(Format):
    """A folder for `tf.saved_model.load`, TensorFlow Serving and `keras.layers.TFSMLayer`.

    Endpoints:

    - `serve`, also the signature `serving_default`: float32 images as the network takes them → its output, or a dict of
      several by name.
    - `classify` (with `class_names`): the same images → {"probabilities", "class", "label"}.
    - `classify_images` (with `preprocess`): uint8 images (batch, any height, any width, channels) → the same.
    - `classify_jpeg` (with `preprocess`): strings (batch,) of JPEG files, each of any size → the same.

    Args:
        class_names: The names of the classes, one for each output; without them, the results have no "label".
        preprocess: The way from the uint8 values of a photo to what the network takes; None if that is not known.

    Example:
        >>> from keras_ean.exporting import formats
        >>> formats.get("saved_model", class_names=["cat", "dog"]).class_names
        ('cat', 'dog')
    """

    class_names: tuple[str, ...] = ()
    preprocess: Preprocess | None = None

    def write(self, model, path, signature):
        import tensorflow as tf

        spec = tf.TensorSpec((signature.batch_size, *signature.image_shape), tf.float32, name="image")
        # A plain module: keras.export.ExportArchive stores every weight twice (Keras 3.15).
        module = tf.Module()
        module.weights = [variable.value for variable in model.variables]
        module.serve = tf.function(signature.forward(model), input_signature=[spec], autograph=False)
        signatures = {"serving_default": module.serve}
        if self.class_names or self.preprocess:
            signatures |= add_classify(module, model, spec, self.class_names, self.preprocess)
        tf.saved_model.save(module, str(path), signatures)

    def note(self, path):
        if not any(character in str(path) for character in PATTERN):
            return ""
        return "TensorFlow takes *, ?, [ and \\ in a path for a pattern: to load it, move it to a folder without these"

    @staticmethod
    def read(path):
        import tensorflow as tf

        module = tf.saved_model.load(path)
        return lambda images: tf.nest.map_structure(lambda output: output.numpy(), module.serve(tf.constant(images)))
