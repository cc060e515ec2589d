"""SE, SGE and DIA against arrays recorded from the authors' code."""

from pathlib import Path

import numpy as np
import pytest
from keras import ops

from keras_ean import attention
from keras_ean.testing.running import close, gradients, results

from .helpers import applied

PARITY = Path(__file__).parents[1] / "parity"
SE_WEIGHTS = {
    "squeeze/kernel": "fc1.weight",
    "squeeze/bias": "fc1.bias",
    "excite/kernel": "fc2.weight",
    "excite/bias": "fc2.bias",
}
DIA_WEIGHTS = {
    f"{ours}_{layer}/{kind}": f"{theirs}.0.seq.{index}.{'weight' if kind == 'kernel' else kind}"
    for ours, theirs in (("input", "w_ih"), ("state", "w_hh"))
    for layer, index in (("squeeze", 0), ("gates", 2))
    for kind in ("kernel", "bias")
}
CASES = {
    "se_64": ("se", {"reduction": 16}, SE_WEIGHTS),
    "sge_c32_g8": ("sge", {"groups": 8}, {"weight": "weight", "bias": "bias"}),
}


def last(array):
    """Channels last."""
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def as_ours(array):
    """A PyTorch weight in our layout."""
    array = array.reshape([n for n in array.shape if n != 1] if array.ndim == 4 else array.shape)
    return array.T


def loaded(name, options, names, recorded, channels):
    module = attention.get(name, **options).at((0,), "module")
    module.build((None, None, None, channels))
    theirs = [names[weight.path.removeprefix("module/")] for weight in module.weights]
    for weight, key in zip(module.weights, theirs, strict=True):
        weight.assign(as_ours(recorded[f"param/{key}"]))
    return module, theirs


@pytest.mark.parametrize("file", CASES)
def test_gate(file):
    recorded = np.load(PARITY / f"{file}.npz")
    name, options, names = CASES[file]
    x, coefficients = last(recorded["input"]), last(recorded["coef"])
    module, theirs = loaded(name, options, names, recorded, x.shape[-1])
    assert close(applied(module, x), last(recorded["output"]))
    by_weight, (by_input,) = gradients(module, lambda x: ops.sum(module(x)[0] * coefficients), [x])
    assert close(by_input, last(recorded["grad_input"]), 5e-3)
    for gradient, key in zip(by_weight, theirs, strict=True):
        assert close(gradient, as_ours(recorded[f"grad/{key}"]), 5e-3)


@pytest.mark.parametrize(("file", "reduction"), [("lstm_ean_r20_c32", 20), ("lstm_dianet_r4_c64", 4)])
def test_dia_cell(file, reduction):
    recorded = np.load(PARITY / f"{file}.npz")
    xs = [recorded[f"x{i}"][:, None, None] for i in (1, 2, 3)]
    module, theirs = loaded("dia", {"reduction": reduction}, DIA_WEIGHTS, recorded, xs[0].shape[-1])

    def states(*xs):
        state, found = None, []
        for x in xs:
            _, state = module(x, state)
            found.append(state)
        return found

    def loss(*xs):
        return sum(ops.sum(h * recorded[f"coef{i}"]) for i, (h, _) in enumerate(states(*xs), start=1))

    for i, (h, c) in enumerate(results(states, *xs), start=1):
        assert close(ops.convert_to_numpy(h), recorded[f"h{i}"][0])
        assert close(ops.convert_to_numpy(c), recorded[f"c{i}"][0])
    by_weight, by_input = gradients(module, loss, xs)
    for i, gradient in enumerate(by_input, start=1):
        assert close(gradient[:, 0, 0], recorded[f"grad_x{i}"], 5e-3)
    for gradient, key in zip(by_weight, theirs, strict=True):
        assert close(gradient, as_ours(recorded[f"grad/{key}"]), 5e-3)
