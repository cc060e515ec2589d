"""A fault of TensorFlow on CPUs, and what keeps it away.

With AVX-512, oneDNN's gradient of the kernel of a 1×1 convolution with strides (`Conv2DBackpropFilter`) writes beyond
its memory, or gives wrong numbers, where there are fewer than 16 input channels and an odd number of images. Seen with
TensorFlow 2.19 to 2.21; input channels 3, 4, 8, 12 and 15 with 1, 3, 63 and 75 images; never with 16 channels or more,
without strides, with larger kernels, with an even number of images, or in the other passes. It is of the kind of
tensorflow/tensorflow#117700.

Backbones of this package have no such convolutions: they pick the pixels first (`keras_ean.backbones.blocks.conv`).
Models that somebody else built may have, and get batches of an even number of images wherever this package trains them.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from keras_ean.late import Late

if TYPE_CHECKING:
    import keras
else:
    keras = Late("keras")

FEW = 16
"""Input channels below which the fault was seen: those that fill no vector of AVX-512."""


def faulty(model: "keras.Model") -> list[str]:
    """Names of the convolutions whose gradients suffer from the fault; none where it cannot occur.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(6, 1, strides=2, name="shrink")])
        >>> faulty(model) == (["shrink"] if keras.backend.backend() == "tensorflow" else [])
        True
    """
    if keras.backend.backend() != "tensorflow":
        return []
    return [
        layer.name
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.Conv2D)
        and set(layer.kernel_size) == {1}
        and max(layer.strides) > 1
        and layer.kernel.shape[2] < FEW
    ]


class OddBatchWarning(UserWarning):
    """A model that somebody else built has convolutions with the fault, and is handed to whoever trains it."""


def warn(model: "keras.Model") -> None:
    """`OddBatchWarning` for a model with the fault, on a machine that has it."""
    if (names := faulty(model)) and _has_the_fault():
        warnings.warn(
            f"TensorFlow may crash where {', '.join(names[:3])} of {model.name!r} train on this CPU by a batch of an "
            "odd number of images. Give fit even batches, dataset.batch(64, drop_remainder=True), or set the variable "
            "ONEDNN_MAX_CPU_ISA=AVX2 (docs/faq.md).",
            OddBatchWarning,
            stacklevel=3,
        )


@contextmanager
def on_even_batches() -> Iterator[None]:
    """Inside, nothing is said of the fault: what is built there is trained by `keras_ean.training.fit`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OddBatchWarning)
        yield


@cache
def _has_the_fault() -> bool:
    cpu = Path("/proc/cpuinfo")
    switched_off = os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0" or "ONEDNN_MAX_CPU_ISA" in os.environ
    return not switched_off and cpu.is_file() and "avx512f" in cpu.read_text(encoding="utf-8", errors="replace")
