"""How many floating-point operations one call of a Keras operation takes, from its class and the shapes.

A multiplication and an addition are two. Convolutions and products are counted as papers do, padding like data. A
function of one value, such as a sigmoid, is one operation; a reduction is one for each value that it reads; what only
moves values, or is computed from constants alone, is none.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

Shape = tuple[int, ...]
MOVES = frozenset(
    (
        *("ArraySplit", "BroadcastTo", "Cast", "Concatenate", "ConvertToTensor", "Copy", "DepthToSpace", "Diagonal"),
        *("ExpandDims", "Flip", "Full", "FullLike", "GetItem", "Hstack", "Identity", "Moveaxis", "OneHot", "OnesLike"),
        *("Pad", "Ravel", "Rearrange", "Repeat", "Reshape", "Roll", "Rot90", "Slice", "SpaceToDepth", "Split"),
        *("Squeeze", "Stack", "StopGradient", "Swapaxes", "Take", "TakeAlongAxis", "Tile", "Transpose", "Unfold"),
        *("Unstack", "Vstack", "ZerosLike"),
    )
)
REDUCTIONS = dict.fromkeys(("AdaptiveAveragePool", "AdaptiveMaxPool", "Amax", "Amin", "Max", "Mean", "Min", "Prod"), 1)
"""Operations for each value that is read; a variance is a mean, a difference and the mean of the squares."""
REDUCTIONS |= {"Sum": 1, "Moments": 4, "Std": 4, "Var": 4}
PER_VALUE = {"BatchNorm": 2, "LayerNorm": 8, "RMSNorm": 4, "Softmax": 5, "LogSoftmax": 5}
"""Operations for each value that is given out. A BatchNorm is one scale and one shift, known before any image is."""


def operations(operation: Any, args: Sequence[Shape], outputs: Sequence[Shape]) -> int | None:
    """The operations of one call; None where no rule knows the operation.

    Args:
        operation: A `keras.Operation` that is no layer.
        args: Shapes of the tensors, variables and arrays that it is called with, in the order of its arguments.
        outputs: Shapes of what it gives.
    """
    kind = type(operation).__name__
    values = sum(map(math.prod, outputs))
    if kind in PRODUCTS:
        return PRODUCTS[kind](operation, args, outputs)
    if kind in MOVES:
        return 0
    if kind in REDUCTIONS:
        return REDUCTIONS[kind] * math.prod(args[0])
    if kind in PER_VALUE:
        return PER_VALUE[kind] * values
    # Everything that is left and gives one value for each value of its (broadcast) arguments.
    return values if len(outputs) == 1 and _broadcast(args) == outputs[0] else None


def _broadcast(shapes: Sequence[Shape]) -> Shape | None:
    rank = max(map(len, shapes), default=0)
    sizes = zip(*((1,) * (rank - len(shape)) + tuple(shape) for shape in shapes), strict=True)
    columns = [set(column) - {1} or {1} for column in sizes]
    return tuple(column.pop() for column in columns) if all(len(column) == 1 for column in columns) else None


def _convolution(operation, args, outputs) -> int:
    """Of a kernel (…, inputs of a group, outputs)."""
    return 2 * math.prod(args[1][:-1]) * math.prod(outputs[0])


def _depthwise(operation, args, outputs) -> int:
    """Of a kernel (…, inputs, multiplier)."""
    return 2 * math.prod(args[1][:-2]) * math.prod(outputs[0])


def _separable(operation, args, outputs) -> int:
    """Of a depthwise kernel and one (1, 1, inputs · multiplier, outputs)."""
    between = math.prod(outputs[0]) // args[2][-1] * args[2][-2]
    return 2 * math.prod(args[1][:-2]) * between + 2 * args[2][-2] * math.prod(outputs[0])


def _transposed(operation, args, outputs) -> int:
    """Of a kernel (…, outputs, inputs)."""
    return 2 * math.prod(args[1][:-1]) * math.prod(args[0])


def _matmul(operation, args, outputs) -> int:
    return 2 * args[0][-1] * math.prod(outputs[0])


def _tensordot(operation, args, outputs) -> int:
    """Every value of both arguments meets a part of the other's: the geometric mean holds the shared axes twice."""
    return 2 * math.isqrt(math.prod(args[0]) * math.prod(args[1]) * math.prod(outputs[0]))


def _einsum(operation, args, outputs) -> int:
    names = operation.subscripts.replace(" ", "").split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for letters, shape in zip(names, args, strict=True):
        before, dots, after = letters.partition("...")
        extra = [f"…{axis}" for axis in range(len(shape) - len(before) - len(after), 0, -1)] if dots else []
        sizes.update(zip([*before, *extra, *after], shape, strict=True))
    return len(args) * math.prod(sizes.values())


def _pooling(operation, args, outputs) -> int:
    size = operation.pool_size
    spatial = len(args[0]) - 2
    return math.prod(outputs[0]) * (size**spatial if isinstance(size, int) else math.prod(size))


def _attention(operation, args, outputs) -> int:
    """Of queries (batch, n, heads, size) and keys (batch, m, heads, size): two products and a softmax."""
    (batch, queries, heads, size), keys = args[0], args[1][1]
    return batch * heads * queries * keys * (4 * size + PER_VALUE["Softmax"])


PRODUCTS: dict[str, Callable[[keras.Operation, Sequence[Shape], Sequence[Shape]], int]] = {
    "AveragePool": _pooling,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "DepthwiseConv": _depthwise,
    "Dot": _tensordot,
    "DotProductAttention": _attention,
    "Einsum": _einsum,
    "Matmul": _matmul,
    "MaxPool": _pooling,
    "SeparableConv": _separable,
    "Tensordot": _tensordot,
}
