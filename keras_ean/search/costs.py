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
    """Counts trainable parameters of a scheme's network exactly; a shared module counts once for all its blocks.

    Args:
        supernet: The supernet whose schemes are to be priced.
        weight: What one unit of the cost takes off the reward.
        limit: The most that a scheme may cost, or such as "+5 %" over no attention; None for no limit.

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
    """Counts floating-point operations of an image (`keras_ean.measure.cost`); blocks of a stage cost the same.

    Args:
        supernet: The supernet whose schemes are to be priced.
        weight: What one unit of the cost takes off the reward.
        limit: The most that a scheme may cost, or such as "+5 %" over no attention; None for no limit.
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
    """Measures milliseconds of a batch on this machine: the plain network, and each stage's blocks with attention.

    Args:
        supernet: Whose networks are measured.
        images: (images, height, width, channels), repeated to fill a batch.
        weight, limit: See `Cost`; in milliseconds, or as "+5 %".
        batch_size: Images per call.
        rounds: Timed calls per network, taken in turns.
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
