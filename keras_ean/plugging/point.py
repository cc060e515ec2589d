"""One place of a model where attention can be plugged."""

from dataclasses import dataclass, field

from keras_ean.graph.graph import Step, Value

Edge = tuple[Step, Value]
"""A value on its way into a step that takes it, or out of the step that makes it."""


@dataclass(frozen=True)
class AttachmentPoint:
    """Describes one place: a residual block, or a layer named by the user.

    Attributes:
        block: Index among all places, from 0.
        stage: Index of its stage, from 0.
        addition: Name of the addition that ends the block; "" for a layer named by the user.
        branch_end: Name of the operation whose output the attention takes.
        shape: (height, width, channels) there; None where the model leaves it open.
        edges: Where in the graph; several if the block runs several times (a shared tower).
    """

    block: int
    stage: int
    addition: str
    branch_end: str
    shape: tuple[int | None, ...]
    edges: tuple[Edge, ...] = field(repr=False, compare=False, default=())
