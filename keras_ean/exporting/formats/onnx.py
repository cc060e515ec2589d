"""Open Neural Network Exchange, read by onnxruntime and many others."""

import warnings
from dataclasses import dataclass

# What lets tf2onnx work with NumPy 2 is not public; Keras's own export of a model uses it.
from keras.src.export.tf2onnx_lib import patch_tf2onnx

from keras_ean.exporting.base import Format, register


@register("onnx")
@dataclass(frozen=True)
class ONNX(Format):
    """An .onnx file with the input "image", float32 (batch, height, width, channels), and the network's output, or
    several by name.

    Args:
        opset: The version of the ONNX operator set.
    """

    suffix = ".onnx"
    modules = ("tf2onnx", "onnx", "onnxruntime")
    packages = ("tf2onnx", "onnx", "onnxruntime")
    extra = "onnx"

    opset: int = 15

    def write(self, model, path, signature):
        import tensorflow as tf
        import tf2onnx

        # Keras traces the model without a training mode, which layers of preprocessing then set for all behind them.
        spec = tf.TensorSpec((signature.batch_size, *signature.image_shape), tf.float32, name="image")
        function = tf.function(signature.forward(model), input_signature=[spec], autograph=False)
        with warnings.catch_warnings():
            # Keras asks NumPy for the attribute "object" before it patches tf2onnx.
            warnings.filterwarnings("ignore", message="In the future `np.object`", category=FutureWarning)
            patch_tf2onnx()
        found, _ = tf2onnx.convert.from_function(function, [spec], opset=self.opset)
        # A constant that tf2onnx has folded away may stay behind as an input that nothing takes.
        for other in [one for one in found.graph.input if one.name != spec.name]:
            found.graph.input.remove(other)
        path.write_bytes(found.SerializeToString())

    @staticmethod
    def read(path):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        outputs = [output.name for output in session.get_outputs()]

        def predict(images):
            found = dict(zip(outputs, session.run(None, {name: images})))
            return found if len(found) > 1 else found.popitem()[1]

        return predict
