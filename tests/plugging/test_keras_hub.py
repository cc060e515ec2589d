"""KerasHub's backbones are subclasses of functional models; from their configuration, nothing is downloaded."""

import keras
import keras_hub
import numpy as np
import pytest

from keras_ean.plugging import attachment_points, plug, plug_supernet

from .small_models import assert_equal, batch, outputs, trained

pytestmark = pytest.mark.tensorflow


def resnet(block_type="basic_block", **options):
    return trained(
        keras_hub.models.ResNetBackbone(
            input_conv_filters=[64],
            input_conv_kernel_sizes=[3],
            stackwise_num_filters=[64, 16],
            stackwise_num_blocks=[2, 3],
            stackwise_num_strides=[1, 2],
            block_type=block_type,
            image_shape=(16, 16, 3),
            **options,
        )
    )


def xception():
    return trained(
        keras_hub.models.XceptionBackbone(
            stackwise_conv_filters=[[4, 4], [8, 8], [8, 8], [16]],
            stackwise_pooling=[False, True, False, False],
            image_shape=(16, 16, 3),
        )
    )


def efficientnet():
    """Three kinds of blocks that are layers made of layers, with and without an addition inside."""
    return trained(
        keras_hub.models.EfficientNetBackbone(
            stackwise_width_coefficients=[1.0] * 3,
            stackwise_depth_coefficients=[1.0] * 3,
            stackwise_kernel_sizes=[3] * 3,
            stackwise_num_repeats=[1, 2, 2],
            stackwise_input_filters=[8, 8, 16],
            stackwise_output_filters=[8, 16, 16],
            stackwise_expansion_ratios=[1, 2, 2],
            stackwise_strides=[1, 2, 1],
            stackwise_squeeze_and_excite_ratios=[0, 0.25, 0.25],
            stackwise_block_types=["cba", "fused", "unfused"],
            stackwise_force_input_filters=[0] * 3,
            stackwise_nores_option=[False] * 3,
            num_features=16,
            input_shape=(16, 16, 3),
        )
    )


def mobilenet():
    """Its squeeze-and-excitation has a wrong `get_config`, and is taken apart as well."""
    return trained(
        keras_hub.models.MobileNetBackbone(
            stackwise_expansion=[[8], [16, 16]],
            stackwise_num_blocks=[1, 2],
            stackwise_num_filters=[[16], [24, 24]],
            stackwise_kernel_size=[[3], [3, 3]],
            stackwise_num_strides=[[1], [2, 1]],
            stackwise_se_ratio=[[None], [0.25, 0.25]],
            stackwise_activation=[["relu"], ["hard_swish", "hard_swish"]],
            stackwise_padding=[[1], [1, 1]],
            depthwise_filters=16,
            depthwise_stride=1,
            depthwise_residual=True,
            squeeze_and_excite=0.5,
            output_num_filters=16,
            last_layer_filter=16,
            image_shape=(16, 16, 3),
        )
    )


BACKBONES = {
    "basic": (resnet, (2, 3)),
    "bottleneck": (lambda: resnet("bottleneck_block"), (2, 3)),
    "preactivated": (lambda: resnet("basic_block", use_pre_activation=True), (2, 3)),
    "vd": (lambda: resnet("basic_block_vd"), (2, 3)),
    "xception": (xception, (2,)),
    "efficientnet": (efficientnet, (1, 3)),
    "mobilenet": (mobilenet, (2, 1)),
}


@pytest.mark.parametrize("name", list(BACKBONES))
def test_backbone(name):
    build, stages = BACKBONES[name]
    backbone = build()
    x = batch(backbone)
    expected = outputs(backbone, x)
    assert attachment_points(backbone).stages == stages
    assert_equal(outputs(plug(backbone, scheme=[0] * sum(stages)), x), expected)
    assert_equal(outputs(plug(backbone, "dia", identity_init=True), x), expected)


@pytest.mark.usefixtures("eagerly")
def test_a_task_with_a_backbone_inside_reloads_as_a_supernet(tmp_path):
    classifier = keras_hub.models.ResNetImageClassifier(resnet(), num_classes=5, preprocessor=None)
    x = batch(classifier)
    supernet = plug_supernet(classifier, "se")
    assert supernet.stages == (2, 3)
    supernet.save(tmp_path / "supernet.keras")
    again = keras.models.load_model(tmp_path / "supernet.keras")
    assert_equal(outputs(again.extract("00 000"), x), outputs(classifier, x))
    np.testing.assert_array_equal(again.predict(x, verbose=0), supernet.predict(x, verbose=0))
