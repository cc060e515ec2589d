"""What a search tells a tracker, step by step."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.search.evaluation import Evaluation, bits_of
from keras_ean.search.host.ledger import Ledger
from keras_ean.tracking import Tracker, Trackers

ON, OFF, SIDE = (31, 119, 180), (235, 235, 235), 8
"""Colours of a block with attention and without, and the pixels of its square."""


class Told:
    """Tells the rewards by part, what the searcher says of itself, each block's probability and each trial.

    Args:
        trackers: The trackers that are told; None stands for no tracker.
        part: The part of the run that the values belong to.
    """

    def __init__(self, trackers: Sequence[Tracker | None], part: str):
        self.tracker = Trackers([tracker for tracker in trackers if tracker is not None])
        self.part, self.steps = part, 0

    def step(
        self, step: int, batch: Sequence[Evaluation], summary: Mapping[str, float], probabilities: np.ndarray | None
    ) -> None:
        """Means of the batch, as "reward/total" and "reward/sparsity"; the trials one by one."""
        self.steps += 1
        values = {f"search/{name}": value for name, value in summary.items()}
        rewards = {"total": [one.reward for one in batch]}
        rewards |= {name: [one.parts[name] for one in batch] for name in batch[0].parts}
        values |= {f"reward/{name}": float(np.mean(each)) for name, each in rewards.items()}
        if probabilities is not None:
            values |= {f"probability/block_{block}": float(p) for block, p in enumerate(probabilities)}
        self.tracker.scalars(self.part, step, values)
        for one in {one.trial: one for one in batch if one.step == step}.values():  # Others are remembered ones.
            parameters = {f"block_{block}": bool(bit) for block, bit in enumerate(one.scheme.bits)}
            self.tracker.trial(self.part, int(one.trial), parameters, {**one.metrics, "reward": one.reward})

    def end(self, ledger: Ledger) -> None:
        """Tells, where the steps told have ended the search, all its schemes as one picture, a row for each, the best
        on top, and a square for each block."""
        if ledger.finished and self.steps:
            ranked = sorted(ledger.evaluations(), key=lambda one: -one.reward)
            pixels = picture(bits_of(one.scheme for one in ranked))
            self.tracker.image(self.part, len(ranked), "schemes, best on top", pixels)


def picture(bits: np.ndarray) -> np.ndarray:
    """Squares of (rows, blocks) of 0 and 1, with a line between them: (height, width, 3) uint8."""
    squares = np.where(bits[..., None].astype(bool), ON, OFF).astype("uint8")
    pixels = squares.repeat(SIDE, axis=0).repeat(SIDE, axis=1)
    pixels[SIDE - 1 :: SIDE] = pixels[:, SIDE - 1 :: SIDE] = 255
    return pixels
