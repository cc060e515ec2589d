"""Modules against their formulas in NumPy, at inference."""

import math

import keras
import numpy as np
import pytest

from keras_ean.testing.running import close, maps

from .helpers import applied, built, conv, dense, norm, sigmoid, weights

pytestmark = pytest.mark.backends


def relu(x):
    return np.maximum(x, 0)


def check(module, x, truth, **arguments):
    assert close(applied(module, x, **arguments), truth, 1e-5)


@pytest.mark.parametrize(("channels", "taps"), [(1, 1), (4, 1), (16, 3), (64, 3), (100, 3), (256, 5), (512, 5)])
def test_eca_taps(channels, taps):
    """k of the paper's equation 12: the odd number next to log2(C)/2 + 1/2."""
    assert built("eca", (None, None, None, channels)).conv.kernel_size == (taps,)


@pytest.mark.parametrize(
    ("name", "kernel", "least"),
    [
        *((name, "squeeze", 1) for name in ("se", "bam", "cbam")),
        ("coord", "squeeze", 8),
        ("dia", "input_squeeze", 1),
        ("dia", "state_squeeze", 1),
        ("gc", "squeeze", 4),
        ("ge", "squeeze", 1),
    ],
)
def test_bottlenecks(name, kernel, least):
    options = {"variant": "excite"} if name == "ge" else {}
    modules = [built(name, (1, 4, 4, 24), reduction=reduction, **options) for reduction in (2, 7, 25)]
    found = [weights(module)[f"{kernel}/kernel"].shape for module in modules]
    assert found == [(24, 12), (24, max(least, 3)), (24, least)]


@pytest.mark.parametrize("kernel", [None, 5])
def test_eca(kernel):
    x = maps((2, 5, 3, 19))
    module = built("eca", x.shape, kernel=kernel)
    w = weights(module)["conv/kernel"][:, 0, 0]
    p = np.pad(x.mean((1, 2)), ((0, 0), (len(w) // 2,) * 2))
    g = sigmoid(np.stack([p[:, c : c + len(w)] @ w for c in range(19)], axis=-1))
    check(module, x, x * g[:, None, None])


def test_cbam():
    x = maps((2, 8, 6, 20))
    module = built("cbam", x.shape, places=(4, 7), reduction=4)
    w = weights(module)
    assert dense(x, w, "squeeze").shape[-1] == 5

    def mlp(p):
        return dense(relu(dense(p, w, "squeeze")), w, "excite")

    z = x * sigmoid(mlp(x.mean((1, 2))) + mlp(x.max((1, 2))))[:, None, None]
    both = np.stack([z.mean(-1), z.max(-1)], axis=-1)
    spatial = sigmoid(norm(conv(both, w["conv/kernel"]), w, "norm", place=7))
    check(module, x, z * spatial, place=7)


def test_bam():
    x = maps((2, 9, 6, 12))
    module = built("bam", x.shape, places=(2, 3), reduction=4, dilation=2)
    w = weights(module)
    channel = norm(dense(relu(dense(x.mean((1, 2)), w, "squeeze")), w, "excite"), w, "channel_norm", place=3)
    z = relu(dense(x, w, "reduce"))
    for i in range(2):
        z = relu(conv(z, w[f"look_{i}/kernel"], dilation=2) + w[f"look_{i}/bias"])
    spatial = norm(dense(z, w, "collapse"), w, "spatial_norm", place=3)
    check(module, x, x + x * sigmoid(channel[:, None, None] + spatial), place=3)


def test_simam():
    x = maps((2, 5, 3, 4))
    module = built("simam", x.shape, regularizer=1e-2)
    variance = x.var((1, 2), ddof=1, keepdims=True)
    energy = 4 * (variance + 1e-2) / ((x - x.mean((1, 2), keepdims=True)) ** 2 + 2 * variance + 2e-2)
    check(module, x, x * sigmoid(1 / energy))


def test_srm():
    x = maps((3, 5, 4, 7))
    module = built("srm", x.shape, places=(1, 2))
    w = weights(module)
    z = w["style"][0] * x.mean((1, 2)) + w["style"][1] * np.sqrt(x.var((1, 2)) + 1e-5)
    check(module, x, x * sigmoid(norm(z, w, "norm", place=2))[:, None, None], place=2)


def test_gct():
    x = maps((2, 5, 4, 7))
    module = built("gct", x.shape)
    w = weights(module)
    s = w["alpha"] * np.sqrt((x**2).sum((1, 2)) + 1e-5)
    s = math.sqrt(7) * s / np.sqrt((s**2).sum(-1, keepdims=True) + 1e-5)
    check(module, x, x * (1 + np.tanh(w["gamma"] * s + w["beta"]))[:, None, None])


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("gct", {"alpha": (6,), "beta": (6,), "gamma": (6,)}),
        ("sge", {"weight": (2,), "bias": (2,)}),
        ("srm", {"style": (2, 6), "norm/gamma": (6,), "norm/beta": (6,)}),
        ("simam", {}),
    ],
)
def test_weights_have_a_value_for_each_channel_or_group(name, shapes):
    module = built(name, (1, 3, 3, 6), **({"groups": 4} if name == "sge" else {}))
    assert {weight.path.removeprefix("module/"): tuple(weight.shape) for weight in module.trainable_weights} == shapes


def test_gct_keeps_its_weights_in_full_precision():
    module = built("gct", (1, 2, 2, 4), dtype="mixed_bfloat16")
    for weight, value in ((module.alpha, 1), (module.gamma, 100.2), (module.beta, -100)):
        weight.assign(np.full(4, value))
    y = keras.ops.cast(applied(module, np.ones((1, 2, 2, 4))), "float32")
    np.testing.assert_allclose(y, 1 + np.tanh(0.2), rtol=0.01)  # In bfloat16, 100.2 would be 100.


def test_coord():
    x = maps((2, 5, 3, 20))
    module = built("coord", x.shape, places=(0, 1), reduction=2)
    w = weights(module)

    def hidden(line):
        z = norm(dense(line, w, "squeeze"), w, "norm", place=1)
        return z * np.clip(z + 3, 0, 6) / 6

    rows, columns = sigmoid(dense(hidden(x.mean(2)), w, "rows")), sigmoid(dense(hidden(x.mean(1)), w, "columns"))
    check(module, x, x * rows[:, :, None] * columns[:, None], place=1)


def test_gc():
    x = maps((2, 5, 3, 20))
    module = built("gc", x.shape, reduction=4)
    w = weights(module)
    key = np.exp(dense(x, w, "key"))
    context = (x * key / key.sum((1, 2), keepdims=True)).sum((1, 2))
    z = dense(context, w, "squeeze")
    z = (z - z.mean(-1, keepdims=True)) / np.sqrt(z.var(-1, keepdims=True) + 1e-5)
    context = dense(relu(z * w["norm/gamma"] + w["norm/beta"]), w, "expand")
    check(module, x, x + context[:, None, None])


def test_ge_pool_over_the_map():
    x = maps((2, 5, 3, 4))
    check(built("ge", x.shape), x, x * sigmoid(x.mean((1, 2), keepdims=True)))


def test_ge_pool_with_extent():
    """Windows of 3 positions at stride 2, those outside of the map not counted, on a map of odd and even size."""
    x = maps((3, 5, 6, 4))
    g = np.empty_like(x)
    for i in range(5):
        for j in range(6):
            top, left = i // 2 * 2, j // 2 * 2
            g[:, i, j] = x[:, max(top - 1, 0) : top + 2, max(left - 1, 0) : left + 2].mean((1, 2))
    check(built("ge", x.shape, extent=2), x, x * sigmoid(g))


def test_ge_excite_over_the_map():
    x = maps((2, 5, 3, 8))
    module = built("ge", x.shape, places=(1, 2), variant="excite", reduction=2)
    w = weights(module)
    gathered = norm((x * w["gather_conv_0/kernel"][..., 0]).sum((1, 2)), w, "gather_norm_0", place=2)
    g = sigmoid(dense(relu(dense(gathered, w, "squeeze")), w, "excite"))
    check(module, x, x * g[:, None, None], place=2)


def test_ge_conv_with_extent():
    x = maps((2, 5, 7, 3))
    module = built("ge", x.shape, extent=4, variant="conv")
    w = weights(module)
    g = x
    for i in range(2):
        kernel = np.stack([np.diag(tap) for tap in w[f"gather_conv_{i}/kernel"].reshape(9, 3)]).reshape(3, 3, 3, 3)
        g = norm(conv(relu(g) if i else g, kernel, stride=2), w, f"gather_norm_{i}")
    g = np.repeat(np.repeat(g, 4, axis=1), 4, axis=2)[:, :5, :7]
    check(module, x, x * sigmoid(g))


@pytest.mark.parametrize("groups", [1, 4, 12])
def test_sge(groups):
    """On a map that is no square."""
    x = maps((3, 5, 2, 12))
    module = built("sge", x.shape, groups=groups)
    w = weights(module)
    parts = x.reshape(3, 5, 2, groups, -1)
    t = (parts * parts.mean((1, 2), keepdims=True)).sum(-1)
    t -= t.mean((1, 2), keepdims=True)
    t /= t.std((1, 2), ddof=1, keepdims=True) + 1e-5
    gate = sigmoid(t * w["weight"] + w["bias"])
    check(module, x, (parts * gate[..., None]).reshape(x.shape))
