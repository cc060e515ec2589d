"""The contract of an attention module."""

import inspect
from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_ean import attention
from keras_ean.attention import Attention, Choice
from keras_ean.bench.spaces import StagedResNet
from keras_ean.testing.networks import check_networks
from keras_ean.testing.rules import expect, rule
from keras_ean.testing.running import filled, gradients, maps, results, run

SHAPES = ((2, 5, 3, 7), (2, 1, 1, 2), (2, 8, 8, 16))
"""Odd channels; maps of one position, with fewer channels than most reductions; the usual."""
PRECISIONS = {"float16": 0.01, "bfloat16": 0.06}
"""Allowed difference from float32, in parts of the largest value."""


def check_attention(module: str | Attention, shapes: Sequence[tuple[int, ...]] = SHAPES, **options) -> None:
    """Tests whether an attention module of your own keeps all rules that the library relies on.

    Args:
        module: The name of a registered module, or a configured one, of whose configuration further ones are made.
        shapes: The shapes (batch, height, width, channels) of feature maps that it must take; the rules on gradients,
            precision and the like are tested with the last one alone.
        **options: The options of the module, where it is given by name.

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.
        ValueError: It is a choice of several modules, or the name or options are wrong.

    Example:
        >>> check_attention("se", reduction=4)
    """
    module = attention.get(module, **options)
    if isinstance(module, Choice):
        raise ValueError(f"check_attention tries one module: call it for each of the {module.per_block} of the choice.")
    _check_options(module)
    for shape in shapes:
        _check_masks(module, shape)
    _check_start(module, shapes[-1])
    _check_sharing(module, shapes[-1])
    _check_gradients(module, shapes[-1])
    _check_constant_maps(module, shapes[-1])
    _check_precision(module, shapes[-1])
    check_networks(StagedResNet((2,), width=4), module)


def _made(module: Attention, shape: tuple[int, ...], seed: int = 0, **changes) -> Attention:
    """A module with the same options, built for `shape`, every weight random."""
    made = type(module).from_config({**module.get_config(), "name": "module", **changes})
    made.build(shape)
    return filled(made, seed)


def _check_options(module: Attention) -> None:
    with rule("get_config holds every option, and from_config makes the same module of it."):
        config = module.get_config()
        parameters = inspect.signature(type(module)).parameters.values()
        lacking = [one.name for one in parameters if one.kind != one.VAR_KEYWORD and one.name not in config]
        expect(not lacking, f"get_config lacks {', '.join(lacking)}.")
        again = type(module).from_config(config).get_config()
        expect(again == config, f"It was {config}, and is then {again}.")


def _check_masks(module: Attention, shape: tuple[int, ...]) -> None:
    with rule(f"A module is built for maps of any shape, such as {shape}."):
        made = _made(module, shape, places=(1, 4))
    x = maps(shape)
    state = tuple(maps(one, seed=i) for i, one in enumerate(made.state_shapes(shape)))
    masks = np.array([0, 1], "float32"), np.ones(1, "float32")

    def calls(x, state):
        return made(x, place=4), *(made(x, state, connected, place=4) for connected in (None, *masks))

    with rule("A module keeps the shape of x, and hands on a state of the shapes that state_shapes tells."):
        first, (free, after), (masked, kept), (whole, _) = results(calls, x, state)
        for y, handed_on in (first, (free, after)):
            expect(y.shape == shape and np.all(np.isfinite(y)), f"x is {shape} and finite, y is {y.shape}.")
            told, found = [one.shape for one in state], [one.shape for one in handed_on]
            expect(told == found, f"state_shapes tells {told}, and the state has {found}.")
    with rule("Where connected is 0, the output is x itself."):
        np.testing.assert_array_equal(masked[0], x[0])
    with rule("connected is one value per image: where it is 1, the output is what it is without a mask."):
        np.testing.assert_allclose(masked[1], free[1], rtol=1e-5, atol=1e-6)
    with rule("connected may be one value for all images, and 1 is the same as None."):
        np.testing.assert_allclose(whole, free, rtol=1e-5, atol=1e-6)
    with rule("Where connected is 0, the state is handed on as it came; where it is 1, it is the new one."):
        for old, new, mixed in zip(state, after, kept, strict=True):
            np.testing.assert_array_equal(mixed[0], old[0])
            np.testing.assert_allclose(mixed[1], new[1], rtol=1e-5, atol=1e-6)


def _check_start(module: Attention, shape: tuple[int, ...]) -> None:
    with rule("A module says by starts_as_identity whether it gives what it takes when it is new."):
        made, x = type(module).from_config({**module.get_config(), "name": "module"}), maps(shape)
        made.build(shape)
        same = bool(np.all(run(made, x)[0] == x))
        what = "gives what it takes" if same else "gives something else"
        expect(same == made.starts_as_identity, f"It {what}: set starts_as_identity = {same} in its class.")


def _check_sharing(module: Attention, shape: tuple[int, ...]) -> None:
    with rule("One instance serves several blocks: a call makes no weights, and leaves nothing behind."):
        made = _made(module, shape, places=(1, 4))
        before = [weight.path for weight in made.weights]
        inputs = maps(shape), maps(shape, seed=2)
        first, _, again = results(lambda x, z: [made(x, place=1), made(z, place=4), made(x, place=1)], *inputs)
        np.testing.assert_array_equal(again[0], first[0])
        expect([weight.path for weight in made.weights] == before, "Weights were made in a call; make them in build.")


def _check_gradients(module: Attention, shape: tuple[int, ...]) -> None:
    """With several draws: a unit may be cut off by its activation under one."""
    missed: set[str] = set()
    with rule("A loss reaches every trainable weight, over two blocks of a stage."):
        for seed in range(4):
            made = _made(module, shape, seed, places=(0, 1))
            coefficients = maps(shape, seed=seed + 20)

            def loss(x, made=made, coefficients=coefficients):
                y, state = made(x, place=0)
                z, _ = made(x, state, place=1)
                return ops.sum(ops.multiply(y + 2 * z, coefficients))

            found, _ = gradients(made, loss, [maps(shape, seed=seed + 10)])
            reached = {w.path for w, g in zip(made.trainable_weights, found) if g is not None and np.any(g)}
            weights = {weight.path for weight in made.trainable_weights}
            missed = weights - reached if seed == 0 else missed - reached
            if not missed:
                return
        expect(not missed, f"It does not reach {', '.join(sorted(missed))}.")


def _check_constant_maps(module: Attention, shape: tuple[int, ...]) -> None:
    with rule("Constant maps, of variance 0, have finite outputs and gradients."):
        made, x, coefficients = _made(module, shape), np.zeros(shape, "float32"), maps(shape, seed=2)
        x[1:] = 3.0
        expect(np.all(np.isfinite(run(made, x)[0])), "Outputs are not.")
        by_weight, by_input = gradients(made, lambda x: ops.sum(ops.multiply(made(x)[0], coefficients)), [x])
        finite = [np.all(np.isfinite(gradient)) for gradient in by_weight + by_input if gradient is not None]
        expect(all(finite), "Gradients are not.")


def _check_precision(module: Attention, shape: tuple[int, ...]) -> None:
    x = 10 * maps(shape)
    exact = run(_made(module, shape), x)[0]
    for precision, tolerance in PRECISIONS.items():
        with rule(f"In mixed_{precision}, a module gives {precision} close to float32."):
            made = _made(module, shape, dtype=f"mixed_{precision}")
            y = run(made, x.astype("float16") if precision == "float16" else x)[0]
            expect(str(y.dtype) == precision, f"It gives {y.dtype}.")
            error = np.quantile(np.abs(y.astype("float32") - exact), 0.95) / np.max(np.abs(exact))
            expect(error <= tolerance, f"95 % of values differ by up to {error:.3g} of the largest one.")
    with rule("Sums over a large map do not overflow in float16: make them in float32."):
        large = (1, 64, 64, shape[-1])
        y = run(_made(module, large, dtype="mixed_float16"), np.full(large, 60.0, "float16"))[0]
        expect(np.all(np.isfinite(y)), "The output for 64×64 values of 60 is not finite.")
