"""Whether a map shows what a network goes by: its score as pixels are taken away, or come in, in the map's order.

Petsiuk, Das and Saenko, BMVC 2018 (arXiv 1806.07421). A good map has a low area under the deletion curve and a high one
under the insertion curve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend


@dataclass(frozen=True, eq=False)
class Curves:
    """Holds the probability of the class, step by step, as pixels are taken away and as they come in.

    Attributes:
        fractions: The share of the pixels that are changed at each step, from 0 to 1, (steps + 1,).
        deletion: The probability of the class as the most salient pixels are taken away first, (images, steps + 1).
        insertion: The probability of the class as the most salient pixels come in first, (images, steps + 1).
    """

    fractions: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def deletion_area(self) -> np.ndarray:
        """This is the area under the deletion curve of each image, (images,), 0 to 1; the lower, the better the map."""
        return _area(self.deletion)

    @property
    def insertion_area(self) -> np.ndarray:
        """This is the area under the insertion curve of each image, (images,), 0 to 1; the higher, the better the
        map.
        """
        return _area(self.insertion)

    def __str__(self) -> str:
        lines = [
            f"{name:<9} {area.mean():.3f} ± {area.std():.3f}"
            for name, area in (("deletion", self.deletion_area), ("insertion", self.insertion_area))
        ]
        return "\n".join([*lines, f"areas under the curves of {len(self.deletion)} images, mean ± s.d."])


def deletion_insertion(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    labels: Any = None,
    steps: int = 20,
    fill: Any = None,
    batch_size: int = 64,
    seed: int = 0,
) -> Curves:
    """Tests maps of what is salient: scores images as their most salient pixels are taken away first, and as these come
    in first (arXiv 1806.07421).

    Args:
        model: A model that gives (images, classes), probabilities or logits; outputs count as probabilities if none is
            negative and each row sums to 1.
        images: Images as the model takes them, (images, height, width, channels).
        maps: A map for each image, (images, height, width), higher where it matters, such as `ean.gradcam` gives.
        labels: The class of each image whose probability is followed, (images,); None takes those that the model finds.
        steps: The number of steps from no pixel to all.
        fill: What stands in place of a pixel: a number, or one for each channel; None takes the mean of the images by
            channel.
        batch_size: The number of images per forward pass.
        seed: The seed of the order of those pixels to which a map gives the same value.

    Raises:
        ValueError: The shapes of images, maps or labels do not fit each other.

    Example:
        >>> image = keras.Input((2, 2, 1))
        >>> model = keras.Model(image, keras.layers.Softmax()(keras.layers.Flatten()(image)))
        >>> x = np.array([[[[3.0], [0]], [[0], [0]]]])
        >>> curves = deletion_insertion(model, x, x[..., 0], [0], steps=4, fill=0)
        >>> curves.insertion.round(2).tolist()
        [[0.25, 0.87, 0.87, 0.87, 0.87]]
    """
    images, maps = np.asarray(images, "float32"), np.asarray(maps, "float64")
    if images.ndim != 4 or maps.shape != images.shape[:3]:
        raise ValueError(
            "Curves are of images (images, height, width, channels) and one map (height, width) for each, not "
            f"{images.shape} and {maps.shape}."
        )
    score = partial(_probabilities, backend.compiled(partial(model, training=False)), batch_size)
    own = score(images)
    labels = own.argmax(-1) if labels is None else np.asarray(labels).reshape(-1)
    if len(labels) != len(images):
        raise ValueError(f"There is one label for each image, but {len(labels)} labels and {len(images)} images.")
    other = np.broadcast_to(images.mean(axis=(0, 1, 2)) if fill is None else fill, images.shape).astype("float32")
    ranks, pixels = _ranks(maps, seed), maps[0].size
    fractions, deletion, insertion = np.linspace(0, 1, steps + 1), list[np.ndarray](), list[np.ndarray]()
    for fraction in fractions:
        salient = (ranks < round(fraction * pixels))[..., None]
        for curve, inside, outside in ((deletion, other, images), (insertion, images, other)):
            curve.append(score(np.where(salient, inside, outside))[np.arange(len(labels)), labels])
    return Curves(fractions, np.stack(deletion, axis=1), np.stack(insertion, axis=1))


def _area(curves: np.ndarray) -> np.ndarray:
    """By the trapezoidal rule, of equal steps from 0 to 1."""
    return (curves[:, 1:] + curves[:, :-1]).mean(axis=1) / 2


def _ranks(maps: np.ndarray, seed: int) -> np.ndarray:
    """Of the pixels of each map, 0 the most salient; equal ones in random order, not from the top left."""
    flat = maps.reshape(len(maps), -1)
    chance = np.random.default_rng(seed).random(flat.shape)
    order = np.lexsort((chance, -flat), axis=-1)
    return np.argsort(order, axis=-1).reshape(maps.shape)


def _probabilities(forward: Callable, batch_size: int, images: np.ndarray) -> np.ndarray:
    batches = (images[start : start + batch_size] for start in range(0, len(images), batch_size))
    answers = [ops.convert_to_numpy(forward(ops.convert_to_tensor(batch))) for batch in batches]
    scores = np.concatenate(answers).astype("float64")
    if np.all(scores >= 0) and np.allclose(scores.sum(axis=-1), 1, atol=1e-3):
        return scores
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
