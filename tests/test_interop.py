from pathlib import Path

import keras
import numpy as np
import pytest
import torch

import keras_ean as ean
from keras_ean import backbones
from keras_ean.interop import load_reference_weights
from tests import reference_nets as nets

PARITY = Path(__file__).parent / "parity"
EAN = backbones.get("resnet50", width=8, conv_bias=True)
DIANET = backbones.get("resnet20", block="bottleneck")
NETS = {
    "ean_sge": (
        lambda: nets.fbresnet50(lambda channels: ("share_fc", nets.GroupEnhance(8))),
        EAN,
        ("sge", {"groups": 8}),
        "100 1011 000000 011",
    ),
    "ean_dia": (lambda: nets.fbresnet50(nets.dia(20)), EAN, ("dia", {"reduction": 20}), "110 0011 110010 011"),
    "dia_preresnet": (
        nets.dia_preresnet,
        backbones.get("preresnet20", block="bottleneck", width=4, extra_bn=True),
        ("dia", {}),
        "11 01 11",
    ),
    "dia_wrn": (nets.dia_wrn, backbones.get("wrn-16-2", width=4, extra_bn=True), ("dia", {}), "11 10 11"),
    "dia_resnext": (nets.dia_resnext, backbones.get("resnext20_8x4"), ("dia", {}), "11 11 01"),
}


def logits(model, images, scheme=None):
    """Of images (batch, channels, height, width), in inference mode."""
    images = np.transpose(images, (0, 2, 3, 1))
    if scheme is not None:
        images = {"image": images, "scheme": np.array([ean.Scheme(scheme, model.stages).bits] * len(images), "float32")}
    return keras.ops.convert_to_numpy(model(images, training=False))


def close(value, truth, tolerance=1e-4):
    return np.max(np.abs(value - truth)) <= tolerance * np.max(np.abs(truth))


@pytest.fixture(scope="module")
def recorded():
    return dict(np.load(PARITY / "fbresnet50_narrow_se.npz"))


@pytest.fixture(scope="module")
def supernet():
    supernet = ean.build_supernet(EAN, "se", (64, 64, 3), 10)
    load_reference_weights(supernet, PARITY / "fbresnet50_narrow_se.npz")
    return supernet


@pytest.mark.parametrize("name", ["full", "none", "published", "other"])
def test_recorded_logits_of_ean(recorded, supernet, name):
    truth, scheme = recorded[f"scheme/{name}/logits"], recorded[f"scheme/{name}/bits"]
    assert close(logits(supernet, recorded["input"], scheme), truth)
    if name in ("none", "published"):  # What a supernet takes under the others, a network takes as under these.
        network = ean.build_network(EAN, "se", scheme, (64, 64, 3), 10)
        load_reference_weights(network, recorded)
        assert close(logits(network, recorded["input"]), truth)
    assert list(ean.Scheme(scheme, (3, 4, 6, 3)).codes) == recorded[f"scheme/{name}/decimal"].tolist()


@pytest.mark.parametrize(("scheme", "name"), [("11 11 11", "logits"), ("00 00 00", "plain_logits")])
def test_recorded_logits_of_dianet(scheme, name):
    recorded = np.load(PARITY / "dia_resnet20_bottleneck.npz")
    network = ean.build_network(DIANET, "dia", scheme, (32, 32, 3), 10)
    load_reference_weights(network, PARITY / "dia_resnet20_bottleneck.npz")
    assert close(logits(network, recorded["input"]), recorded[name])


@pytest.mark.parametrize("name", NETS)
def test_equals_pytorch_net(name, tmp_path):
    """Network from a dict of arrays, supernet from a checkpoint of a DataParallel net."""
    make, backbone, (attention, options), scheme = NETS[name]
    torch.manual_seed(0)
    net, module = nets.randomised(make()), ean.attention.get(attention, **options)
    size = 64 if backbone is EAN else 16
    images = torch.randn(2, 3, size, size)
    with torch.no_grad():
        truth = net(images, ean.Scheme(scheme).bits).numpy()
    state = net.state_dict()
    network = ean.build_network(backbone, module, scheme, (size, size, 3), 10)
    load_reference_weights(network, {key: value.numpy() for key, value in state.items()})
    assert close(logits(network, images.numpy()), truth)
    checkpoint = {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}, "best_acc": 1.0}
    torch.save(checkpoint, tmp_path / "model_best.pth.tar")
    supernet = ean.build_supernet(backbone, module, (size, size, 3), 10)
    load_reference_weights(supernet, tmp_path / "model_best.pth.tar")
    assert close(logits(supernet, images.numpy(), scheme), truth)


def test_mismatches_are_listed_and_change_nothing():
    network = ean.build_network(DIANET, "dia", "11 11 11", (32, 32, 3), 10)
    before = [np.array(weight) for weight in network.weights]
    source = dict(np.load(PARITY / "dia_resnet20_bottleneck.npz"))
    source["param/fc.bias"] = np.zeros(9, "float32")
    source["param/layer9.ModuleList.0.conv1.weight"] = source.pop("param/layer1.ModuleList.1.conv2.weight")
    source["param/nonsense.weight"] = np.zeros(3)
    with pytest.raises(ValueError, match="left untouched") as error:
        load_reference_weights(network, source)
    kinds = str(error.value).splitlines()[1:]
    assert kinds == [
        "missing in the source: stage_0_block_1_conv2/kernel (3, 3, 16, 16)",
        "not in the model: layer9.ModuleList.0.conv1.weight (16, 16, 3, 3); nonsense.weight (3,)",
        "of another shape: logits/bias (10,), not (9,)",
    ]
    assert all(np.array_equal(old, np.array(new)) for old, new in zip(before, network.weights, strict=True))


def test_attention_of_another_kind_is_refused():
    network = ean.build_network(EAN, "sge", "100 0000 000000 000", (64, 64, 3), 10)
    with pytest.raises(ValueError, match=r"missing in the source: stage_0_attention/weight.*\n.*layer1.share_fc.fc1"):
        load_reference_weights(network, PARITY / "fbresnet50_narrow_se.npz")


def test_pickled_code_is_not_run(tmp_path):
    class Payload:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    torch.save({"state_dict": Payload()}, tmp_path / "evil.pth")
    network = ean.build_network(DIANET, "dia", "00 00 00", (32, 32, 3), 10)
    with pytest.raises(ValueError, match="pickled code is not run"):
        load_reference_weights(network, tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_a_file_without_a_state_dict(tmp_path):
    torch.save({"epoch": 3, "model": {"fc.bias": torch.zeros(10)}}, tmp_path / "other.pth")
    network = ean.build_network(DIANET, "dia", "00 00 00", (32, 32, 3), 10)
    with pytest.raises(ValueError, match=r"no state dict, bare or under 'state_dict': 'epoch', 'model' are no tensors"):
        load_reference_weights(network, tmp_path / "other.pth")


@pytest.mark.parametrize("name", ["broken.pth", "broken.npz", "tensor.pth", "text.npz"])
def test_broken_weights_are_refused_in_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04" + bytes(range(200)))
    if name == "tensor.pth":
        torch.save(torch.zeros(3), path)
    if name == "text.npz":
        np.savez(path, **{"fc.bias": np.array(["a"])})
    network = ean.build_network(DIANET, "dia", "00 00 00", (32, 32, 3), 10)
    with pytest.raises(ValueError, match=rf"{name} |no numbers") as told:
        load_reference_weights(network, path)
    assert len(str(told.value).splitlines()) == 1


def test_missing_file():
    network = ean.build_network(DIANET, "dia", "00 00 00", (32, 32, 3), 10)
    with pytest.raises(FileNotFoundError, match=r"no weights file nowhere\.npz"):
        load_reference_weights(network, "nowhere.npz")
