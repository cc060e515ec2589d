"""Curiosity: random network distillation over schemes, one bonus per scheme.

Source: Burda et al., arXiv 1810.12894, as used for schemes in arXiv 2011.14058.
"""

from collections.abc import Sequence

import numpy as np

from keras_ean.search.algorithms.adam import Adam


class Curiosity(Adam):
    """bonus(a) = mean (f_fixed(a) − f_learned(a))², relative to what an unseen scheme earned at first.

    f_fixed is m-32-32-4m with ReLU and never changes; f_learned is m-32-4m and is trained towards it on the schemes
    seen. So about 1 for schemes unlike any seen, and less and less for those seen and their likes.

    Args:
        blocks: Number of residual blocks m.
        seed: The seed of both networks' weights.
        learning_rate: The learning rate of Adam.

    Example:
        >>> curiosity = Curiosity(blocks=8, seed=0)
        >>> seen, unseen = np.array([[1] * 8]), np.array([[0] * 8])
        >>> for _ in range(300):
        ...     curiosity.learn(seen)
        >>> bool(curiosity.bonus(seen) < 0.1 * curiosity.bonus(unseen))
        True
    """

    def __init__(self, blocks: int, seed: int | np.random.Generator, learning_rate: float = 0.01, width: int = 32):
        random = np.random.default_rng(seed)
        self.shapes = [(width, blocks), (width,), (4 * blocks, width), (4 * blocks,)]
        self.fixed = _uniform(random, [(width, blocks), (width,), (width, width), (width,), *self.shapes[2:]])
        learned = np.concatenate([layer.ravel() for layer in _uniform(random, self.shapes)])
        super().__init__(learned, learning_rate)
        some = random.integers(0, 2, (256, blocks))
        self.unit = float(((self._target(some) - self._forward(some)[1]) ** 2).mean())

    def bonus(self, schemes: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
        """(samples, blocks) → (samples,)."""
        x = np.asarray(schemes, "float64")
        return ((self._target(x) - self._forward(x)[1]) ** 2).mean(axis=1) / self.unit

    def gradient(self, schemes: np.ndarray) -> np.ndarray:
        """The gradient of mean (f_fixed − f_learned)² with respect to f_learned's weights."""
        x = np.asarray(schemes, "float64")
        hidden, outputs = self._forward(x)
        d_outputs = 2 * (outputs - self._target(x)) / outputs.size
        d_hidden = (d_outputs @ self._split()[2]) * (hidden > 0)
        parts = [d_hidden.T @ x, d_hidden.sum(axis=0), d_outputs.T @ hidden, d_outputs.sum(axis=0)]
        return np.concatenate([part.ravel() for part in parts])

    def learn(self, schemes: Sequence[Sequence[int]] | np.ndarray) -> None:
        """One step of Adam on the schemes seen."""
        self.descend(self.gradient(np.asarray(schemes)))

    def _split(self) -> list[np.ndarray]:
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(self.theta, ends[:-1]), self.shapes, strict=True)]

    def _forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kernel, bias, out_kernel, out_bias = self._split()
        hidden = np.maximum(x @ kernel.T + bias, 0)
        return hidden, hidden @ out_kernel.T + out_bias

    def _target(self, x: np.ndarray) -> np.ndarray:
        for kernel, bias in zip(self.fixed[:4:2], self.fixed[1:4:2], strict=True):
            x = np.maximum(x @ kernel.T + bias, 0)
        return x @ self.fixed[4].T + self.fixed[5]


def _uniform(random: np.random.Generator, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Kernels and biases in ±1/√fan_in, the fan-in being the last kernel's."""
    layers, fan_in = [], 1
    for shape in shapes:
        fan_in = shape[1] if len(shape) == 2 else fan_in
        layers.append(random.uniform(-1, 1, shape) / np.sqrt(fan_in))
    return layers
