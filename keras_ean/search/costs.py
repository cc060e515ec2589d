"""Ready-made costs of a scheme: parameters, floating-point operations, inference time."""

import itertools
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
    """Makes the cost of trainable parameters, which are exact; a shared module counts once for all blocks that have it.

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
    layers = [layer for layer in supernet.body.layers if isinstance(layer, Attention)]
    modules = [module for layer in layers for module in layer.called()]
    sizes = [cost.parameters(module) for module in modules]
    plain = cost.parameters(supernet.body) - sum(sizes)

    def function(scheme: Scheme) -> float:
        used = (any(scheme.bits[place] for place in module.places) for module in modules)
        return float(plain + sum(size for size, on in zip(sizes, used, strict=True) if on))

    return Cost(NAMES["parameters"], function, weight, limit)


def flops(supernet: Supernet, weight: float = 0.0, limit: float | str | None = None) -> Cost:
    """Makes the cost of floating-point operations for one image, as `keras_ean.measure.cost.flops` counts them.

    A module is taken to cost the same in all blocks of a stage.

    Args:
        supernet: The supernet whose schemes are to be priced.
        weight: What each operation takes off the reward, in units of the objective; 0 prices none.
        limit: The most operations that a scheme may take, as a number or as text such as "+5 %" over the network
            without attention; None sets no limit.
    """
    plain = cost.flops(supernet.extract(Scheme.empty(supernet.stages)))
    alike = _alike(supernet)
    prices = [cost.flops(supernet.extract(_only(supernet.stages, places[:1]))) - plain for places in alike]
    return Cost(NAMES["flops"], _linear(plain, prices, alike), weight, limit)


def latency(
    supernet: Supernet,
    images,
    weight: float = 0.0,
    limit: float | str | None = None,
    batch_size: int = 64,
    rounds: int = 30,
) -> Cost:
    """Measures the cost in milliseconds of inference on a batch, on this machine.

    It times the network without attention and, for each stage, that with attention in all blocks of the stage. A module
    is taken to cost the same in all of them, and the cost of a scheme is the sum over its blocks. Of several modules at
    each block (`keras_ean.attention.Choice`) each is timed by itself.

    Args:
        supernet: The supernet whose schemes are to be priced.
        images: The images (images, height, width, channels), which are repeated to fill a batch.
        weight: What each millisecond takes off the reward, in units of the objective; 0 prices none.
        limit: The most milliseconds that a batch may take, as a number or as text such as "+5 %" over the network
            without attention; None sets no limit.
        batch_size: The number of images in a batch.
        rounds: How often each network is timed; the networks take turns, and the median counts.
    """
    alike = _alike(supernet)
    schemes = [Scheme.empty(supernet.stages), *(_only(supernet.stages, places) for places in alike)]
    networks: dict[str, keras.Model] = {str(scheme): supernet.extract(scheme) for scheme in schemes}
    plain, *full = (median for median, _ in latencies(networks, images, batch_size, rounds).values())
    prices = [max(0.0, time - plain) / len(places) for time, places in zip(full, alike, strict=True)]
    return Cost(NAMES["latency"], _linear(plain, prices, alike), weight, limit)


def _alike(supernet: Supernet) -> list[range]:
    """The places that are taken to cost the same: those of one module in the blocks of one stage."""
    ends, per_block = np.cumsum([0, *supernet.stages]).tolist(), supernet.attention.per_block
    pairs = itertools.pairwise(ends)
    return [range(start + module, end, per_block) for start, end in pairs for module in range(per_block)]


def _only(stages: Sequence[int], places: range) -> Scheme:
    """The scheme that connects these places."""
    return Scheme([int(place in places) for place in range(sum(stages))], stages)


def _linear(plain: float, prices: Sequence[float], alike: Sequence[range]) -> BlockPrices:
    by_place = {place: float(price) for price, places in zip(prices, alike, strict=True) for place in places}
    return BlockPrices(float(plain), tuple(by_place[place] for place in range(len(by_place))))
