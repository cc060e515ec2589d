"""Keras's own file."""

from dataclasses import dataclass

from keras_ean.exporting.base import Format, register


@register("keras")
@dataclass(frozen=True)
class KerasFile(Format):
    """A .keras file for `keras.saving.load_model`, on any backend, where keras_ean is installed.

    The comparison with the network runs on the Keras backend that is in use here.
    """

    suffix = ".keras"
    standalone = False
    backend = None

    def write(self, model, path, signature):
        if signature.batch_size is not None:
            raise ValueError("A .keras file takes any batch: leave batch_size out, or export to another format.")
        model.save(path)

    @staticmethod
    def read(path):
        import keras
        import numpy as np

        model = keras.saving.load_model(path, compile=False)

        def predict(images):
            outputs = keras.tree.flatten(model(images, training=False))
            return [np.array(keras.ops.convert_to_numpy(output)) for output in outputs]

        return predict
