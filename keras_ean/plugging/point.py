"""One place of a model where attention can be plugged."""

from dataclasses import dataclass, field

from keras_ean.graph.graph import Step, Value

Edge = tuple[Step, Value]
"""A value on its way into a step that takes it, or out of the step that makes it."""


@dataclass(frozen=True)
class AttachmentPoint:
    """Describes one place where attention can be plugged: a residual block, or a layer named by the user.

    Attributes:
        block: The index of the place among all places, counted from 0.
        stage: The index of its stage, counted from 0.
        addition: The name of the addition that ends the block; "" for a layer named by the user.
        branch_end: The name of the operation whose output the attention takes.
        shape: The (height, width, channels) of that output; None where the model leaves it open.
        edges: The positions in the model's graph; several if the block runs several times, as in a shared tower.
    """

    block: int
    stage: int
    addition: str
    branch_end: str
    shape: tuple[int | None, ...]
    edges: tuple[Edge, ...] = field(repr=False, compare=False, default=())
