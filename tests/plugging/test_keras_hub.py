"""KerasHub's backbones are subclasses of functional models; from their configuration, nothing is downloaded."""

import keras
import keras_hub
import numpy as np
import pytest

from keras_ean.plugging import attachment_points, plug, plug_supernet
from keras_ean.search import Evaluator, RandomOracle, SchemeTuner, TaskEvaluator
from keras_ean.training import Task

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


def encoder(size):
    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 16, 16, 16],
        stackwise_num_blocks=[1, 1, 1, 1],
        stackwise_num_strides=[1, 2, 2, 2],
        block_type="basic_block",
        image_shape=(size, size, 3),
    )


def test_a_segmenter_is_scored_by_its_own_loss_and_metric():
    backbone = keras_hub.models.DeepLabV3Backbone(
        image_encoder=encoder(32),
        low_level_feature_key="P2",
        spatial_pyramid_pooling_key="P4",
        dilation_rates=[1, 2, 3],
        upsampling_size=4,
        image_shape=(32, 32, 3),
    )
    segmenter = keras_hub.models.DeepLabV3ImageSegmenter(backbone, num_classes=3, activation="softmax")
    segmenter.compile(metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")], run_eagerly=True)
    supernet = plug_supernet(segmenter, "se", identity_init=True)
    assert supernet.stages == (1, 1, 1)  # The encoder's last stage leads nowhere.
    random = np.random.default_rng(0)
    data = random.normal(size=(4, 32, 32, 3)).astype("float32"), np.eye(3)[random.integers(0, 3, (4, 32, 32))]
    [found] = TaskEvaluator(supernet, data, Task(segmenter)).score(["1 0 1"])
    truth = segmenter.evaluate(*data, batch_size=4, verbose=0, return_dict=True)
    assert found == pytest.approx({name: float(value) for name, value in truth.items()}, rel=1e-3)


def test_a_detector_is_searched_by_the_loss_that_it_computes(tmp_path):
    backbone = keras_hub.models.RetinaNetBackbone(
        image_encoder=encoder(64), min_level=3, max_level=5, use_p5=False, image_shape=(64, 64, 3)
    )
    detector = keras_hub.models.RetinaNetObjectDetector(
        backbone, num_classes=2, bounding_box_format="xyxy", pre_logits_num_conv_layers=1
    )
    detector.compile()
    with pytest.raises(
        ValueError, match="RetinaNetObjectDetector computes its loss in a method of its own, compute_loss"
    ):
        Task(detector)
    images = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype("float32")
    boxes = np.array([[[4, 4, 40, 40], [10, 20, 60, 60]]] * 2, "float32")
    targets = {"boxes": boxes, "labels": np.array([[0, 1]] * 2, "float32")}
    supernet = plug_supernet(detector, "se", identity_init=True, seed=0)

    class ByDetector(Evaluator):
        def score(self, schemes, share=1.0, repeat=0):
            found = [supernet.predict_on_batch({"image": images, "scheme": np.array([one.bits])}) for one in schemes]
            return [{"loss": float(detector.compute_loss(images, targets, outputs, None))} for outputs in found]

    oracle = RandomOracle(objective="val_loss", max_steps=1, samples_per_step=2, seed=0, compare_random=False)
    tuner = SchemeTuner(supernet, oracle, evaluator=ByDetector(), directory=tmp_path)
    tuner.search(verbose=0)
    truth = float(detector.compute_loss(images, targets, detector(images), None))
    assert [one.metrics["loss"] for one in tuner.evaluations()] == pytest.approx([truth, truth], rel=1e-4)
