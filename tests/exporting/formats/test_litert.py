import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.exporting import Export, export, export_all, formats
from keras_ean.exporting.formats.litert import LIMITS, refusal

pytestmark = pytest.mark.tensorflow


@keras.saving.register_keras_serializable("tests")
class SingularValues(keras.layers.Layer):
    def call(self, x):
        import tensorflow as tf

        return tf.linalg.svd(tf.reshape(x, (-1, 8, 8)), compute_uv=False)


def test_quantizations_shrink_and_agree(tmp_path):
    """SGE and SimAM divide by standard deviations near 0, which int8 would round to 0."""
    images = np.random.default_rng(0).normal(size=(40, 8, 8, 1)).astype("float32")
    backbone = ean.backbones.get("resnet8", width=16)
    networks = {name: ean.build_network(backbone, name, "1 0 1", (8, 8, 1), 4) for name in ("sge", "simam", "se")}
    exports = [
        Export(network, tmp_path / f"{name}_{quantization}", formats.get("litert", quantization=quantization), images)
        for name, network in networks.items()
        for quantization in LIMITS
        if name == "sge" or quantization == "int8"
    ]
    receipts = {receipt.path.stem: receipt for receipt in export_all(exports, verbose=False)}
    sizes = [receipts[f"sge_{quantization}"].size_bytes for quantization in LIMITS]
    assert sizes[0] > 1.5 * sizes[1] > 2 * sizes[2]
    assert sizes[3] < 0.5 * sizes[0]
    for name in networks:
        assert receipts[f"{name}_int8"].top1_agreement >= 0.9


def test_networks_of_open_size(tmp_path):
    """Their placeholder size of 1×1 is too small for what they do."""
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, strides=2)(keras.layers.Conv2D(4, 3)(inputs))
    network = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))
    images = np.random.default_rng(0).normal(size=(2, 15, 11, 3)).astype("float32")
    receipt = export(network, tmp_path / "mine", format="litert", images=images, verbose=False)
    assert receipt.max_difference < 1e-5


def test_int8_needs_images(network, tmp_path):
    with pytest.raises(ValueError, match="pass images="):
        export(network, tmp_path / "mine", format="litert", quantization="int8")


def test_operator_without_kernel_is_named_with_its_layer(tmp_path):
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, keras.layers.Dense(3)(SingularValues(name="spectrum")(inputs)))
    with pytest.raises(
        ValueError, match=r"no built-in operator for Svd in layer .*spectrum.*\. .* to saved_model or onnx\.$"
    ):
        export(model, tmp_path / "mine", format="litert")


def test_other_failures_are_told():
    assert refusal("out of memory", []) == "The conversion to LiteRT failed: out of memory"


def test_fewer_bits_may_differ_more():
    limits = {
        name: (one.tolerance, one.agreement) for name in LIMITS for one in [formats.get("litert", quantization=name)]
    }
    assert limits == {"float32": (1e-4, 0), "float16": (0.02, 0), "dynamic_int8": (0.25, 0.9), "int8": (0.5, 0.9)}
    assert formats.get("litert").quantization == "float32"
    with pytest.raises(ValueError, match="is one of float32, float16, dynamic_int8, int8, not 'int4'"):
        formats.get("litert", quantization="int4")
