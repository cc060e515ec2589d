"""What the gates of a network do on images: how far they differ from image to image, and which channels they move."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_ean.folding.finding import gates_of, read_gated
from keras_ean.folding.gate_place import GatePlace, sizes
from keras_ean.folding.measured import Measured, Statistics
from keras_ean.folding.scoring import images_and_labels
from keras_ean.text_table import aligned

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class GateValues:
    """Tells what one gate of a network was on the images.

    Attributes:
        place: Where the gate is in the network.
        adds: Whether the module adds to the map, as `gc` does, instead of multiplying it.
        values: The gate of each image, averaged over positions, (images, channels): the factor, or what is added.
        statistics: How constant the gate is; `statistics.varies` is the measure that folding goes by, 0 for a constant.
        between_classes: The share of the variance over images that lies between classes (η²), 0 … 1, (channels,); None
            without labels.
    """

    place: GatePlace
    adds: bool
    values: np.ndarray = field(repr=False)
    statistics: Statistics = field(repr=False)
    between_classes: np.ndarray | None = field(repr=False, default=None)

    @property
    def name(self) -> str:
        """This is the name of the gate."""
        return self.place.name

    @property
    def quantiles(self) -> tuple[float, ...]:
        """These are the 5 %, 50 % and 95 % quantiles of the values, over images and channels."""
        return tuple(float(value) for value in np.quantile(self.values, QUANTILES))

    def moved(self, number: int = 3) -> list[int]:
        """Lists the channels whose gate differs most from image to image, the most variable one first.

        Args:
            number: The number of channels to list.
        """
        return np.argsort(-self.statistics.over_images, kind="stable")[:number].tolist()

    def by_class(self, labels: Any) -> np.ndarray:
        """Gives the mean gate of each class, (classes, channels), in the order of the class numbers.

        Args:
            labels: The class of each image, (images,).
        """
        labels = np.asarray(labels).reshape(-1)
        return np.stack([self.values[labels == one].mean(axis=0) for one in np.unique(labels)])

    def facts(self) -> dict[str, Any]:
        """Gives all figures as plain values, for JSON."""
        classes = self.between_classes
        return {
            "gate": self.name,
            "kind": self.place.kind,
            "map": list(self.place.shape),
            "adds": self.adds,
            "mean": float(self.values.mean()),
            "quantiles": dict(zip(map(str, QUANTILES), self.quantiles, strict=True)),
            "varies": self.statistics.varies,
            "varies_over_positions": float(np.mean(self.statistics.over_positions)),
            "between_classes": None if classes is None else float(classes.mean()),
            "channel_means": self.values.mean(axis=0).tolist(),
            "channel_varies": self.statistics.over_images.tolist(),
            "moved": self.moved(),
        }


class AttentionStatistics(Sequence[GateValues]):
    """Lists the gates of a network, in the order in which they run, with their values on some images; `print` shows a
    table.

    Attributes:
        gates: The values of each gate, in the order in which they run.
        model: The name of the network.
        images: The number of images.
    """

    def __init__(self, gates: Sequence[GateValues], model: str, images: int):
        self.gates, self.model, self.images = tuple(gates), model, images

    def __getitem__(self, index):
        return self.gates[index]

    def __len__(self) -> int:
        return len(self.gates)

    def facts(self) -> dict[str, Any]:
        """Gives all figures as plain values, for JSON."""
        return {"model": self.model, "images": self.images, "gates": [gate.facts() for gate in self]}

    def __str__(self) -> str:
        head = ("gate", "kind", "map", "5 %", "median", "95 %", "varies %", "positions %", "classes %", "moves most")
        rows = []
        for gate in self:
            classes, spread = gate.between_classes, gate.statistics
            rows.append(
                (
                    gate.name,
                    gate.place.kind,
                    sizes(gate.place.shape),
                    *(f"{value:.2f}" for value in gate.quantiles),
                    f"{100 * spread.varies:.1f}",
                    f"{100 * float(np.mean(spread.over_positions)):.1f}",
                    "–" if classes is None else f"{100 * float(classes.mean()):.0f}",
                    " ".join(map(str, gate.moved())),
                )
            )
        return f"{aligned(head, rows)}\n{len(self)} gates of {self.model} on {self.images} images"

    def __repr__(self) -> str:
        return f"<AttentionStatistics of {self.model}: {len(self)} gates on {self.images} images>"


def attention_statistics(
    model: keras.Model, images: Any, labels: Any = None, batch_size: int = 64
) -> AttentionStatistics:
    """Measures the values of every gate of a network on images, image by image and channel by channel.

    The table that `print` shows has these columns: the 5 %, 50 % and 95 % quantiles of the gate over images and
    channels; `varies %`, its standard deviation over images as a part of its root mean square, averaged over the
    channels (0 for a constant, which `ean.fold` folds away); `positions %`, the same over the positions of an image;
    `classes %`, the share of the variance over images that lies between classes; and the channels that differ most from
    image to image.

    Args:
        model: A functional or Sequential model with gates (see `ean.find_gates`); of a supernet, `extract` a scheme
            first.
        images: Images as the model takes them, in any form that `ean.fold` takes, with labels or without.
        labels: The classes of the images, as numbers or one-hot rows.
        batch_size: The number of images per forward pass.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is a supernet, has no gates, or is subclassed or unbuilt; or there is not one label for
            each image.

    Example:
        >>> from keras_ean import build_network
        >>> network = build_network("resnet8", "se", "1 0 1", (8, 8, 1), classes=10)
        >>> found = attention_statistics(network, np.random.default_rng(0).normal(size=(4, 8, 8, 1)))
        >>> [(gate.name, gate.values.shape) for gate in found]
        [('stage_0_attention', (4, 16)), ('stage_2_attention', (4, 64))]
    """
    graph, functional = read_gated(model)
    gates = gates_of(graph, model.name)
    images, labels = images_and_labels(images, labels, len(functional.inputs))
    _, seen, statistics = Measured(graph, gates, functional.input).read(images, batch_size)
    number = len(keras.tree.flatten(images)[0])
    if labels is not None:
        labels = np.argmax(labels, -1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.reshape(-1)
        if len(labels) != number:
            raise ValueError(f"There is one label for each image, but {len(labels)} labels and {number} images.")
    found = []
    for place, moments, one in zip(gates, seen, statistics, strict=True):
        adds = bool(np.all(moments[:, 0] == 1) and np.all(moments[:, 1] == 0))
        values = moments[:, 2] if adds else moments[:, 0]
        found.append(GateValues(place, adds, values, one, None if labels is None else explained(values, labels)))
    return AttentionStatistics(found, model.name, number)


def explained(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Per channel the share of the variance of (images, channels) that lies between the classes; 0 of a constant."""
    total = ((values - values.mean(axis=0)) ** 2).sum(axis=0)
    between = np.zeros_like(total)
    for one in np.unique(labels):
        own = values[labels == one]
        between += len(own) * (own.mean(axis=0) - values.mean(axis=0)) ** 2
    return np.divide(between, total, out=np.zeros_like(total), where=total > 0)
