"""LiteRT, formerly TensorFlow Lite."""

import re
import warnings
from dataclasses import dataclass

import keras
import numpy as np

from keras_ean.exporting.base import Format, Signature, register

LIMITS = {
    "float32": (1e-4, 0.0),
    "float16": (2e-2, 0.0),
    "dynamic_int8": (0.25, 0.9),
    "int8": (0.5, 0.9),
}
"""Quantization → allowed difference and agreement."""


@register("litert")
@dataclass(frozen=True)
class LiteRT(Format):
    """A .tflite file of built-in operators only, for ai-edge-litert and its siblings on phones and boards.

    Several outputs are called output_0, output_1, … in its signature, in the order of the receipt.

    Args:
        quantization: What is stored in fewer bits: "float32", nothing; "float16", the weights; "dynamic_int8", the
            weights, with activations in float32; "int8", weights and activations, with inputs and outputs in float32,
            calibrated on the images given to the export.

    Raises:
        ValueError: The quantization is not known, int8 is asked for without images, or LiteRT lacks an operator, which
            the message names with its layer.

    Example:
        >>> LiteRT(quantization="int8").tolerance
        0.5
    """

    suffix = ".tflite"
    modules = ("ai_edge_litert",)
    packages = ("ai-edge-litert",)
    extra = "litert"

    quantization: str = "float32"

    def __post_init__(self):
        super().__post_init__()
        if self.quantization not in LIMITS:
            raise ValueError(f"The quantization of LiteRT is one of {', '.join(LIMITS)}, not {self.quantization!r}.")

    @property
    def tolerance(self):
        return LIMITS[self.quantization][0]

    @property
    def agreement(self):
        return LIMITS[self.quantization][1]

    def write(self, model, path, signature):
        import tensorflow as tf
        from tensorflow.lite.python.convert import ConverterError
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        spec = tf.TensorSpec((signature.batch_size, *signature.image_shape), tf.float32, name="image")
        # A list keeps its order, where TensorFlow would sort the names of a dict.
        function = tf.function(
            lambda image: keras.tree.flatten(model(image, training=False)), input_signature=[spec], autograph=False
        )
        # Weights become constants first: XNNPACK refuses some int8 layers whose weights are read from variables.
        graph = convert_variables_to_constants_v2(function.get_concrete_function())
        converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], tf.Module())
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            path.write_bytes(self.convert(converter, signature))
        except ConverterError as error:
            raise ValueError(refusal(str(error), graph.graph.get_operations())) from error

    def convert(self, converter, signature: Signature) -> bytes:
        import tensorflow as tf

        if self.quantization == "float32":
            return converter.convert()
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if self.quantization == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if self.quantization != "int8":
            return converter.convert()
        if signature.images is None:
            raise ValueError("int8 is calibrated on real images: pass images=, about 100, as the network takes them.")
        images = signature.images
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = lambda: ([image[np.newaxis]] for image in images)
        # Divisions stay in float32: an int8 divisor near 0, as a standard deviation in SGE and SimAM, becomes 0.
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=["DIV"])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
            debugger = tf.lite.experimental.QuantizationDebugger(
                converter=converter, debug_dataset=converter.representative_dataset, debug_options=options
            )
        return debugger.get_nondebug_quantized_model()

    @staticmethod
    def read(path):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        def prepared(shape):
            """An interpreter for images of a shape; of an open size, it cannot be allocated before that is known."""
            try:
                return sized(Interpreter(model_path=path), shape)
            except RuntimeError:
                # XNNPACK refuses some layers, as int8 ones of one unit, which the reference kernels run.
                resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
                note = f"needs Interpreter(experimental_op_resolver_type=OpResolverType.{resolver.name})"
                vars(predict)["note"] = note
                return sized(Interpreter(model_path=path, experimental_op_resolver_type=resolver), shape)

        def sized(interpreter, shape):
            [image] = interpreter.get_input_details()
            if tuple(image["shape"]) != shape:
                interpreter.resize_tensor_input(image["index"], shape)
            interpreter.allocate_tensors()
            return interpreter

        ready: dict = {}

        def predict(images):
            if images.shape not in ready:
                ready.clear()
                ready[images.shape] = prepared(images.shape)
            interpreter = ready[images.shape]
            if len(interpreter.get_output_details()) > 1:
                found = interpreter.get_signature_runner()(image=images)
                return [found[f"output_{place}"] for place in range(len(found))]
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
            interpreter.invoke()
            return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

        return predict


def refusal(message: str, operations) -> str:
    """Why the conversion failed: the operators that LiteRT lacks and the layers that use them."""
    lacking = set(re.findall(r"\btf\.(\w+)", message))
    found = [f"{op.type} in layer {op.name.rpartition('/')[0]}" for op in operations if op.type in lacking]
    if not found:
        return f"The conversion to LiteRT failed: {message[:500]}"
    return (
        f"LiteRT has no built-in operator for {', '.join(found)}. Express the layer in other operators, or export to "
        "saved_model or onnx."
    )
