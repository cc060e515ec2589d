import numpy as np
import pytest

import keras_ean as ean
from keras_ean import backbones
from keras_ean.backbones import resnet_imagenet, resnext_imagenet
from keras_ean.backbones.base import REGISTRY
from keras_ean.testing import check_backbone

CIFAR, IMAGENET = ((32, 32, 3), 100), ((224, 224, 3), 1000)
COUNTS = [
    ("resnet164", {}, CIFAR, 1_727_284, {"dia": 1_946_132}),
    ("preresnet164", {}, CIFAR, 1_726_388, {}),
    ("wrn-52-4", {}, CIFAR, 12_072_500, {}),
    ("resnext101_8x32", {}, CIFAR, 32_138_244, {}),
    ("resnet18", {}, IMAGENET, 11_689_512, {}),
    ("resnet50", {}, IMAGENET, 25_557_032, {}),
    ("resnet50", {"conv_bias": True}, IMAGENET, 25_583_592, {"se": 26_283_992}),
    ("resnext50_32x4d", {}, IMAGENET, 25_028_904, {}),
    ("mobilenetv2", {}, IMAGENET, 3_504_872, {}),
    ("convnext_tiny", {}, IMAGENET, 28_589_128, {}),
]
"""The last columns, without attention and with it: published by the authors of the nets, or counted in torchvision."""
SMALL = [
    backbones.get("resnet8", width=4),
    backbones.get("resnet11", width=4),
    backbones.get("resnet18", width=4),
    backbones.get("resnet50", width=4, conv_bias=True),
    backbones.get("preresnet8", width=4, extra_bn=True),
    backbones.get("preresnet11", width=4),
    backbones.get("wrn-10-1", width=4, dropout=0.3, extra_bn=True),
    backbones.get("resnext11_2x2"),
    backbones.get("resnext26_2x2d", width=4),
    backbones.get("mobilenetv2", alpha=0.1, repeats=(1, 2, 1, 3, 1, 1, 1)),
    backbones.get("convnext_tiny", depths=(1, 2), width=4, patch=2),
]


def size(weights):
    return sum(np.prod(weight.shape) for weight in weights)


@pytest.mark.parametrize(("name", "options", "task", "plain", "attended"), COUNTS)
def test_parameter_count(name, options, task, plain, attended):
    backbone = backbones.get(name, **options)
    module = next(iter(attended), "se")
    scheme = ean.Scheme.full(backbone.stages) if attended else ean.Scheme.empty(backbone.stages)
    network = ean.build_network(backbone, module, scheme, *task)
    own = sum(size(layer.trainable_weights) for layer in network.layers if isinstance(layer, ean.attention.Attention))
    assert size(network.trainable_weights) - own == plain
    assert size(network.trainable_weights) == attended.get(module, plain)


def test_every_family_is_among_the_small_ones():
    assert {type(backbone) for backbone in SMALL} == set(REGISTRY.classes.values())


@pytest.fixture
def shallow(monkeypatch):
    """Nets for ImageNet of five blocks; their parameters are counted at their true depths."""
    for stages in (resnet_imagenet.STAGES, resnext_imagenet.STAGES):
        for depth in stages:
            monkeypatch.setitem(stages, depth, (2, 1, 1, 1))


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("backbone", SMALL, ids=lambda backbone: f"{type(backbone).__name__}{backbone.stages}")
def test_keeps_the_contract(backbone):
    # A signal must be left at the end of seven stages.
    check_backbone(backbone, (32, 24, 3) if type(backbone).__name__ == "MobileNetV2" else (8, 8, 3))


def test_names():
    for name in backbones.available():
        assert len(backbones.get(name).stages) >= 3
    assert backbones.get("resnet20").stages == (3, 3, 3)
    assert backbones.get("resnet50").stages == (3, 4, 6, 3)
    assert backbones.get("resnet56", block="bottleneck").stages == (6, 6, 6)
    assert backbones.get("preresnet164") == backbones.get("preresnet164", block="bottleneck")
    assert backbones.get("wrn_28_10") == backbones.get("wrn-28-10") == backbones.get("wrn28-10")
    assert backbones.get("resnext29_8x64d") == backbones.get("resnext29-8x64")
    assert type(backbones.get("resnext101_32x8d")).__name__ == "ResNeXtImageNet"
    assert type(backbones.get("resnext101_8x32")).__name__ == "ResNeXtCIFAR"
    backbone = backbones.get("resnet110")
    assert backbones.get(backbone) is backbone


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet21", {}, "Unknown backbone 'resnet21'. Did you mean"),
        ("wrn-53-4", {}, "depth of 6n \\+ 4: 16, 28, 40, 52, …, not 53"),
        ("wrn-16-0", {}, "widen is a positive whole number, not 0"),
        ("wrn-16-4", {"dropout": 1.0}, "dropout is a rate from 0 to below 1, not 1.0"),
        ("resnext30_8x32", {}, "depth of 9n \\+ 2: 29, 101, …, not 30"),
        ("resnet20", {"width": 0}, "width is a positive whole number, not 0"),
        ("resnet20", {"block": "wide"}, "block is one of 'basic', 'bottleneck', not 'wide'"),
        ("resnet164", {"block": "basic", "depth": 29}, "basic blocks has a depth of 6n \\+ 2, not 29"),
        ("resnet50", {"width": 1.5}, "width is a positive whole number, not 1.5"),
        ("resnet50", {"bias": True}, "backbone 'resnet50': Unknown option 'bias'. Did you mean 'conv_bias'"),
        ("mobilenetv2", {"alpha": -1}, "alpha is a positive number, not -1"),
        ("mobilenetv2", {"repeats": (1, 2)}, "repeats has seven numbers"),
        ("convnext_tiny", {"depths": ()}, "at least one stage, but depths is empty"),
        ("convnext_huge", {}, "Unknown backbone 'convnext_huge'. Did you mean"),
    ],
)
def test_wrong_options(name, options, message):
    with pytest.raises(ValueError, match=message):
        backbones.get(name, **options)


def test_no_name():
    with pytest.raises(TypeError, match=r"a name or an ean.backbones.Backbone, not 50"):
        backbones.get(50)


def test_base_class_says_what_is_missing():
    backbone = backbones.Backbone()
    for call in (lambda: backbone.stages, lambda: backbone.features(None, None)):
        with pytest.raises(NotImplementedError, match="Backbone must"):
            call()
