"""TensorFlow SavedModel."""

from dataclasses import dataclass

import keras

from keras_ean.exporting.base import Format, register


@register("saved_model")
@dataclass(frozen=True)
class SavedModel(Format):
    """A folder for `tf.saved_model.load`, TensorFlow Serving and `keras.layers.TFSMLayer`.

    Endpoints: `serve` (also the signature `serving_default`), float32 images → logits.
    """

    def write(self, model, path, signature):
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", lambda image: model(image, training=False), input_signature=signature.spec())
        archive.write_out(str(path), verbose=False)

    @staticmethod
    def read(path):
        import tensorflow as tf

        module = tf.saved_model.load(path)
        return lambda images: module.serve(tf.constant(images)).numpy()
