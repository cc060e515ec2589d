"""What a computation costs, in images that pass through a network: known before it runs, the same on every machine."""

from dataclasses import dataclass

BACKWARD = 2
"""Forward passes that take as long as a backward one, which computes two products for each of a forward pass's."""


@dataclass(frozen=True)
class Effort:
    """Images that pass through networks of about one size; efforts add up, and are multiplied by whole numbers.

    Attributes:
        forward: The number of images that pass forward alone: scored, calibrated on, tested, timed.
        trained: The number of images that pass forward and backward.

    Example:
        >>> tuning = Effort(trained=2_400) + Effort(forward=500)
        >>> (3 * tuning).passes
        23100
    """

    forward: int = 0
    trained: int = 0

    @property
    def passes(self) -> int:
        """Forward passes of one image that take as long."""
        return self.forward + (1 + BACKWARD) * self.trained

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(self.forward + other.forward, self.trained + other.trained)

    def __rmul__(self, times: int) -> "Effort":
        return Effort(times * self.forward, times * self.trained)
