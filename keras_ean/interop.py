"""Weights of the authors' PyTorch nets: EAN's ResNet-50 (arXiv 2011.14058) and DIANet's CIFAR nets (1905.10671)."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from keras_ean import layer_names
from keras_ean.npz import read_npz
from keras_ean.supernet.supernet import Supernet

LAYERS = {
    "conv_reduce": "conv1",
    "bn_reduce": "norm1",
    "conv_conv": "conv2",
    "bn": "norm2",
    "conv_expand": "conv3",
    "bn_expand": "norm3",
    "bn_additional": "extra_norm",
    "downsample.0": "shortcut_conv",
    "downsample.1": "shortcut_norm",
    "convShortcut": "shortcut_conv",
    "shortcut.shortcut_conv": "shortcut_conv",
    "shortcut.shortcut_bn": "shortcut_norm",
}
"""Layers of a block: the authors' name → ours. Beside these, conv1 … conv3 keep their names and bn1 … are norm1 …"""
ATTENTION = {
    "share_fc": "",
    "share_fc.fc1": "squeeze/",
    "share_fc.fc2": "excite/",
    "lstm.w_ih.0.seq.0": "input_squeeze/",
    "lstm.w_ih.0.seq.2": "input_gates/",
    "lstm.w_hh.0.seq.0": "state_squeeze/",
    "lstm.w_hh.0.seq.2": "state_gates/",
}
"""Layers of a stage's attention: SE and SGE, then DIA."""
ENDS = {
    "conv1": "stem_conv",
    "bn1": "stem_norm",
    "conv_1_3x3": "stem_conv",
    "bn_1": "stem_norm",
    "bn": "head_norm",
    "last_linear": "logits",
    "fc": "logits",
    "classifier": "logits",
}
"""Layers before and after the stages; Wide-ResNet's bn1 is the head's."""
NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
OTHER = {"weight": "kernel"}
STAGE = re.compile(r"(?:layer|block|stage_)(\d)\.(?:ModuleList\.(\d+)\.)?(.+)")


def load_reference_weights(model: keras.Model, source: Mapping | str | Path) -> None:
    """Copies the weights of one of the authors' PyTorch networks into a network or supernet, in place.

    The nets are EAN's ResNet-50 with SE, SGE or DIA (build it with `conv_bias=True`, and DIA with `reduction=20`), and
    DIANet's dia_resnet, dia_preresnet (`extra_bn=True`), dia_wrn (`extra_bn=True`) and dia_resnext (DIA with
    `reduction=4`). Where the scheme of `model` connects no block of a stage, the weights of that stage's attention are
    left out.

    Args:
        model: A network or supernet with shared attention, built by `build_network`, `build_supernet` or
            `Supernet.extract`.
        source: Arrays by their PyTorch names; an .npz file of them, of which only the keys with "param/" and "buffer/"
            count if there are any; or a .pth or .pth.tar file, which needs PyTorch, and of which no pickled code is
            run. A leading "module." is dropped, and `num_batches_tracked` is not needed.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file holds pickled code or no state dict, or entries are missing, left over or of another shape.
            The message lists them all, and the model is left as it was.

    Example:
        >>> import keras_ean as ean
        >>> network = ean.build_network("resnet20", "dia", "000 000 000", (32, 32, 3), classes=10)
        >>> load_reference_weights(network, {"fc.bias": np.zeros(9)})
        Traceback (most recent call last):
        ...
        ValueError: The weights do not fit the model...
    """
    body = model.body if isinstance(model, Supernet) else model
    weights = {weight.path: weight for weight in body.weights}
    attended = {served[0] for layer in body.layers if (served := layer_names.attention_of(layer.name))}
    arrays, surplus = {}, []
    entries = read(source)
    for name, array in entries.items():
        path = keras_path(name, wide=any(key.startswith("block1.") for key in entries))
        attention = path and layer_names.attention_of(path.partition("/")[0])
        if path in weights:
            arrays[path] = to_keras(array, len(weights[path].shape))
        elif not attention or attention[0] in attended:
            surplus.append(f"{name} {array.shape}")
    missing = [f"{path} {tuple(weight.shape)}" for path, weight in weights.items() if path not in arrays]
    misshapen = [
        f"{path} {tuple(weights[path].shape)}, not {array.shape}"
        for path, array in arrays.items()
        if tuple(weights[path].shape) != array.shape
    ]
    wrong = {"missing in the source": missing, "not in the model": surplus, "of another shape": misshapen}
    if any(wrong.values()):
        lines = [f"{kind}: {'; '.join(names)}" for kind, names in wrong.items() if names]
        raise ValueError(
            "The weights do not fit the model, which is left untouched. Build it with the options of the source "
            "(backbone, width, conv_bias, extra_bn, attention, reduction, classes).\n" + "\n".join(lines)
        )
    for path, array in arrays.items():
        weights[path].assign(array)


def read(source: Mapping | str | Path) -> dict[str, np.ndarray]:
    """Reads weights as arrays by their PyTorch names, without prefixes and counters.

    Args:
        source: A file (.npz, .pth or .pth.tar), or arrays by name.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file or the object is of another kind, or an entry is no array of numbers.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileNotFoundError(f"There is no weights file {path}.")
        source = read_npz(path) if path.suffix == ".npz" else read_checkpoint(path)
    if not isinstance(source, Mapping) or not all(isinstance(key, str) for key in source):
        raise ValueError(f"Weights are arrays by their PyTorch names, or a file of these, not {type(source).__name__}.")
    marked = any(re.match("(param|buffer)/", key) for key in source)
    arrays = {}
    for key in source:
        name = re.sub(r"^(param/|buffer/)?(module\.)?", "", key)
        if (marked and not re.match("(param|buffer)/", key)) or name.endswith("num_batches_tracked"):
            continue
        arrays[name] = np.asarray(source[key])
        if arrays[name].dtype.kind not in "fiub":
            raise ValueError(f"The weights {key!r} are {arrays[name].dtype}, no numbers.")
    return arrays


def read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Reads the state dict in a PyTorch checkpoint, which is the whole file or its entry "state_dict".

    Args:
        path: The .pth or .pth.tar file to read.

    Raises:
        ModuleNotFoundError: PyTorch is not installed.
        ValueError: The file holds no state dict, or more than tensors and plain values.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Reading {path.name} needs PyTorch (pip install torch), or save the arrays as .npz where PyTorch is."
        ) from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path} holds more than tensors and plain values, and pickled code is not run: save model.state_dict()."
        ) from error
    except Exception as error:  # PyTorch raises what its readers do: RuntimeError, EOFError, KeyError, …
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(f"{path} is no PyTorch checkpoint, or a damaged one: {first}") from error
    state = state.get("state_dict", state) if isinstance(state, Mapping) else None
    if not isinstance(state, Mapping):
        raise ValueError(f"{path} holds no state dict, bare or under 'state_dict': save model.state_dict().")
    other = [name for name, value in state.items() if not isinstance(value, torch.Tensor)]
    if other:
        raise ValueError(
            f"{path} holds no state dict, bare or under 'state_dict': {', '.join(map(repr, other[:5]))} are no tensors."
        )
    return {name: tensor.float().numpy() for name, tensor in state.items()}


def keras_path(name: str, wide: bool) -> str | None:
    """Gives the path of the weight that the authors call `name`, or None if there is no such weight in our networks.

    Args:
        name: The name in the authors' checkpoint, such as "layer1.ModuleList.0.conv1.weight".
        wide: Whether the checkpoint is of a wide residual network, whose names mean other layers.
    """
    owner, _, kind = name.rpartition(".")
    stage = STAGE.fullmatch(owner)
    if stage is None:
        layer = "head_norm" if wide and owner == "bn1" else ENDS.get(owner)
    elif stage[2] is None:
        part = ATTENTION.get(stage[3])
        module = layer_names.attention(int(stage[1]) - 1)
        if part == "":
            return f"{module}/{kind}"
        return part and f"{module}/{part}{'kernel' if kind == 'weight' else kind}"
    else:
        local = LAYERS.get(stage[3], stage[3].replace("bn", "norm"))
        layer = f"{layer_names.block(int(stage[1]) - 1, int(stage[2]))}_{local}"
    if layer is None:
        return None
    return f"{layer}/{(NORM if 'norm' in layer else OTHER).get(kind, kind)}"


def to_keras(array: np.ndarray, rank: int) -> np.ndarray:
    """Brings a PyTorch `array` into the layout of a Keras weight of `rank` axes, always as a copy.

    Convolutions go from (out, in, height, width) to (height, width, in, out), matrices are transposed, and kernels of
    1×1 lose their two axes where the rank is below 4. It is a copy because on JAX a variable may take over the memory
    of an array.
    """
    if array.ndim == 4 and rank < 4 and array.shape[2:] == (1, 1):
        array = array[:, :, 0, 0]
    if array.ndim == 2 and rank == 1:
        array = array[0]
    if array.ndim == 4:
        array = array.transpose(2, 3, 1, 0)
    elif array.ndim == 2:
        array = array.T
    return array.copy()
