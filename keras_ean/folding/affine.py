"""What a folded gate leaves: a constant scale, and perhaps a shift, per channel."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Affine:
    """x → x · scale + shift.

    Attributes:
        scale, shift: One number for each channel, (channels,).
    """

    scale: np.ndarray
    shift: np.ndarray

    @classmethod
    def of(cls, scale: float, channels: int) -> "Affine":
        """The same scale for every channel, and no shift."""
        return cls(np.full(channels, scale), np.zeros(channels))

    @property
    def shifts(self) -> bool:
        """Whether it does more than scale."""
        return bool(np.any(self.shift))

    @property
    def changes(self) -> bool:
        """Whether it does anything: without a gate, the constant is 1, and nothing has to take it."""
        return self.shifts or bool(np.any(self.scale != 1))

    @property
    def keeps_signs(self) -> bool:
        """Whether it moves through functions f with f(s · x) = s · f(x) for s ≥ 0, such as ReLU."""
        return not self.shifts and bool(np.all(self.scale >= 0))
