"""Open Neural Network Exchange, read by onnxruntime and many others."""

import warnings
from dataclasses import dataclass

import keras

from keras_ean.exporting.base import Format, register


@register("onnx")
@dataclass(frozen=True)
class ONNX(Format):
    """A .onnx file: input "image", channels last, float32 → the network's outputs.

    Args:
        opset: version of the operator set.
    """

    suffix = ".onnx"
    modules = ("tf2onnx", "onnx", "onnxruntime")
    packages = ("tf2onnx", "onnx", "onnxruntime")
    extra = "onnx"

    opset: int = 15

    def write(self, model, path, signature):
        spec = keras.InputSpec(shape=(signature.batch_size, *signature.image_shape), dtype="float32", name="image")
        with warnings.catch_warnings():
            # Keras asks NumPy for the attribute "object" before it patches tf2onnx.
            warnings.filterwarnings("ignore", message="In the future `np.object`", category=FutureWarning)
            model.export(str(path), format="onnx", verbose=False, input_signature=[spec], opset_version=self.opset)

    @staticmethod
    def read(path):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return lambda images: session.run(None, {name: images})[0]
