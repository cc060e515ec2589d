"""Adam on one vector of weights, for the small NumPy networks of the searchers."""

from typing import ClassVar

import numpy as np

from keras_ean.search.state import Stateful


class Adam(Stateful):
    """Something with weights θ that goes down gradients (β 0.9 and 0.999, ε 1e-8).

    Args:
        theta: Initial weights, (n,).
        learning_rate: The learning rate of each step.

    Example:
        >>> adam = Adam(np.array([1.0, -1.0]), learning_rate=0.1)
        >>> adam.descend(np.array([5.0, -0.2]))
        >>> adam.theta.round(6)
        array([ 0.9, -0.9])
    """

    stateful: ClassVar[tuple[str, ...]] = ("theta", "first_moment", "second_moment", "updates")

    def __init__(self, theta: np.ndarray, learning_rate: float):
        self.theta, self.learning_rate = theta, learning_rate
        self.first_moment, self.second_moment = np.zeros_like(theta), np.zeros_like(theta)
        self.updates = 0

    def descend(self, gradient: np.ndarray) -> None:
        """One step."""
        self.updates += 1
        self.first_moment = 0.9 * self.first_moment + 0.1 * gradient
        self.second_moment = 0.999 * self.second_moment + 0.001 * gradient**2
        mean = self.first_moment / (1 - 0.9**self.updates)
        scale = np.sqrt(self.second_moment / (1 - 0.999**self.updates)) + 1e-8
        self.theta = self.theta - self.learning_rate * mean / scale
