"""Ready-made costs of a scheme: parameters, floating-point operations, inference time."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_ean.attention import Attention
from keras_ean.measure import cost
from keras_ean.measure.latency import latencies
from keras_ean.scheme import Scheme
from keras_ean.search.reward import NAMES, BlockPrices, Cost
from keras_ean.supernet.supernet import Supernet


def parameters(supernet: Supernet, weight: float = 0.0, limit: float | str | None = None) -> Cost:
    """Makes the cost of trainable parameters, which are exact; a shared module counts once for all its blocks.

    Args:
        supernet: The supernet whose schemes are to be priced.
        weight: What each parameter takes off the reward, in units of the objective; 0 prices none.
        limit: The most parameters that a scheme may have, as a number or as text such as "+5 %" over the network
            without attention; None sets no limit.

    Example:
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet8", "se", (8, 8, 1), classes=10)
        >>> price = parameters(supernet)
        >>> price.function(Scheme("1 0 0")) - price.function(Scheme("0 0 0"))
        49.0
    """
    modules = [layer for layer in supernet.body.layers if isinstance(layer, Attention)]
    sizes = [cost.parameters(module) for module in modules]
    plain = cost.parameters(supernet.body) - sum(sizes)

    def function(scheme: Scheme) -> float:
        used = (any(scheme.bits[place] for place in module.places) for module in modules)
        return float(plain + sum(size for size, on in zip(sizes, used, strict=True) if on))

    return Cost(NAMES["parameters"], function, weight, limit)


def flops(supernet: Supernet, weight: float = 0.0, limit: float | str | None = None) -> Cost:
    """Makes the cost of floating-point operations for one image, as `keras_ean.measure.cost.flops` counts them.

    The blocks of a stage are taken to cost the same.

    Args:
        supernet: The supernet whose schemes are to be priced.
        weight: What each operation takes off the reward, in units of the objective; 0 prices none.
        limit: The most operations that a scheme may take, as a number or as text such as "+5 %" over the network
            without attention; None sets no limit.
    """
    stages = supernet.stages
    plain = cost.flops(supernet.extract(Scheme.empty(stages)))
    per_block = [cost.flops(supernet.extract(_only(stages, stage, 1))) - plain for stage in range(len(stages))]
    return Cost(NAMES["flops"], _linear(plain, per_block, stages), weight, limit)


def latency(
    supernet: Supernet,
    images,
    weight: float = 0.0,
    limit: float | str | None = None,
    batch_size: int = 64,
    rounds: int = 30,
) -> Cost:
    """Measures the cost in milliseconds of inference on a batch, on this machine.

    It times the network without attention and, for each stage, that with attention in all blocks of the stage; the
    blocks of a stage are taken to cost the same, and the cost of a scheme is the sum over its blocks.

    Args:
        supernet: The supernet whose schemes are to be priced.
        images: The images (images, height, width, channels), which are repeated to fill a batch.
        weight: What each millisecond takes off the reward, in units of the objective; 0 prices none.
        limit: The most milliseconds that a batch may take, as a number or as text such as "+5 %" over the network
            without attention; None sets no limit.
        batch_size: The number of images in a batch.
        rounds: How often each network is timed; the networks take turns, and the median counts.
    """
    stages = supernet.stages
    schemes = [Scheme.empty(stages), *(_only(stages, stage, blocks) for stage, blocks in enumerate(stages))]
    networks: dict[str, keras.Model] = {str(scheme): supernet.extract(scheme) for scheme in schemes}
    plain, *full = (median for median, _ in latencies(networks, images, batch_size, rounds).values())
    per_block = [max(0.0, time - plain) / blocks for time, blocks in zip(full, stages, strict=True)]
    return Cost(NAMES["latency"], _linear(plain, per_block, stages), weight, limit)


def _only(stages: Sequence[int], stage: int, blocks: int) -> Scheme:
    """The scheme that connects the first `blocks` of one stage."""
    rows = [[int(at == stage and block < blocks) for block in range(count)] for at, count in enumerate(stages)]
    return Scheme([bit for row in rows for bit in row], stages)


def _linear(plain: float, per_block: Sequence[float], stages: Sequence[int]) -> BlockPrices:
    return BlockPrices(float(plain), tuple(np.repeat(np.asarray(per_block, "float64"), stages).tolist()))
