"""The places of a model where attention can be plugged."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

import keras

from keras_ean.attention import Attention
from keras_ean.graph.graph import Graph
from keras_ean.graph.reading import read_graph
from keras_ean.graph.residual import find_branches, is_map
from keras_ean.layer_names import attention_of
from keras_ean.plugging.picture import draw
from keras_ean.plugging.point import AttachmentPoint, Edge
from keras_ean.registry import unknown
from keras_ean.scheme import Scheme
from keras_ean.text_table import aligned


class AttachmentPoints(Sequence[AttachmentPoint]):
    """Lists the places of a model where attention can be plugged, in the order in which they run; `print` shows them as
    a table.

    Args:
        points: The places, in the order in which they run.
        name: The name of the model.

    Attributes:
        closed: The reason why a layer could not be looked into, by the layer's name.

    Example:
        >>> from keras_ean import build_network
        >>> points = attachment_points(build_network("resnet20", "se", "000 000 000", (8, 8, 1), classes=10))
        >>> points.stages
        (3, 3, 3)
        >>> print(points[0].addition, points[0].branch_end, points[0].shape)
        stage_0_block_0_add stage_0_block_0_norm2 (8, 8, 16)
    """

    def __init__(
        self, points: Sequence[AttachmentPoint], name: str = "model", closed: Mapping[str, str] = MappingProxyType({})
    ):
        self.points = tuple(points)
        self.name = name
        self.closed = dict(closed)

    def __getitem__(self, index):
        return self.points[index]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of places by stage, such as (3, 4, 6, 3)."""
        return tuple(len(list(group)) for _, group in groupby(self.points, key=lambda point: point.stage))

    def __str__(self) -> str:
        rows = []
        for point in self.points:
            shape = "×".join("?" if size is None else str(size) for size in point.shape)
            rows.append((str(point.block), str(point.stage), point.addition or "–", point.branch_end, shape))
        table = aligned(("block", "stage", "addition", "branch end", "shape"), rows)
        lines = [table, f"{len(self)} place{'' if len(self) == 1 else 's'} of {self.name}, stages {self.stages}"]
        return "\n".join([*lines, *([not_looked_into(self.closed)] if self.closed else [])])

    def __repr__(self) -> str:
        return f"<AttachmentPoints of {self.name}: stages {self.stages}>"

    def plot(self, path: str | Path, scheme: Scheme | str | Sequence[int] | None = None) -> Path:
        """Draws the places to an image file and gives its path; places that `scheme` leaves out are hollow.

        Args:
            path: The image file to write: .png, .svg or .pdf.
            scheme: The scheme whose places are filled; None fills all.

        Raises:
            ValueError: The scheme does not fit the stages, or matplotlib does not write this type of file.
        """
        scheme = Scheme.full(self.stages) if scheme is None else Scheme(scheme, self.stages)
        return draw(self.points, self.name, Path(path), scheme)


def attachment_points(model: keras.Model, at: Sequence[str] | None = None) -> AttachmentPoints:
    """Finds the places where `plug` can put attention into a model: before its residual additions, or after the layers
    in `at`.

    An addition of maps, (batch, height, width, channels), is residual if one of its addends, the branch, holds more
    computation than the others since their paths parted; the others are shortcuts of at most one layer with a kernel.

    Args:
        model: A functional or Sequential model, channels last; nested functional models are searched too.
        at: The names of layers to plug attention after, instead of before residual additions.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed, unbuilt or channels-first; it has no residual additions, and `at` is not
            given; or `at` names a layer that it lacks, or that gives no map.
    """
    return locate(model, at)[1]


def locate(model: keras.Model, at: Sequence[str] | None = None) -> tuple[Graph, AttachmentPoints]:
    """The model's graph and the places in it.

    Layers made of layers are taken apart to find additions, and stay whole with `at`, unless it names a part of one.
    The names of the scheme's input and of the attention that comes in are kept free.
    """
    read = partial(read_graph, model, whole=(Attention,), taken=("scheme",), reserved=attention_of)
    graph = read(inner=at is None)
    if at is not None and not graph.layers.keys() >= set(at):
        graph = read()
    return graph, find_points(graph, model.name, at)


def find_points(graph: Graph, name: str, at: Sequence[str] | None = None) -> AttachmentPoints:
    """Does what `attachment_points` does, for a graph that has been read already."""
    first = [layer for layer, config in graph.layers.items() if getattr(config, "data_format", "") == "channels_first"]
    if first:
        raise ValueError(
            f"Attention takes channels-last maps, but {name!r} has channels-first layers: {', '.join(first[:3])}. "
            "Build the model with data_format='channels_last'."
        )
    places = _residual(graph) if at is None else _named(graph, tuple(at))
    if not places:
        raise ValueError(
            f"{name!r} has no residual additions of maps (batch, height, width, channels) to plug attention before. "
            "Name the layers to plug it after: at=['…', …], on the command line --at once for each, or "
            "model.at in a configuration." + (f" {not_looked_into(graph.closed)}" if graph.closed else "")
        )
    makers = {value: step for step in graph.steps for value in step.outputs}
    values = [edges[0][1] for _, edges in places]
    stages = stage_indices([value.shape[1:] for value in values])
    points = [
        AttachmentPoint(block, stages[block], addition, makers[value].name, value.shape[1:], tuple(edges))
        for block, (value, (addition, edges)) in enumerate(zip(values, places, strict=True))
    ]
    return AttachmentPoints(points, name, graph.closed)


def stage_indices(shapes: Sequence[tuple]) -> list[int]:
    """The stage of each place: consecutive places of one shape (height, width, channels) are a stage.

    A single place with another size of map but the channels of the stage before it closes that stage, if other channels
    follow: many networks (ResNet50V2) halve the map in a stage's last block.
    """
    runs = [(shape, len(list(group))) for shape, group in groupby(shapes)]
    stages: list[int] = []
    for number, (shape, length) in enumerate(runs):
        before, after = (runs[i][0][-1] if 0 <= i < len(runs) else None for i in (number - 1, number + 1))
        closes = length == 1 and before == shape[-1] and after not in (None, shape[-1])
        stages += [(stages[-1] + 1 if stages else 0) - closes] * length
    return stages


def not_looked_into(closed: Mapping[str, str]) -> str:
    """The sentence on layers that hide what is in them."""
    names = ", ".join(f"{name} ({reason})" for name, reason in closed.items())
    count = "1 layer" if len(closed) == 1 else f"{len(closed)} layers"
    return f"{count} could not be looked into: {names}; use at= to plug after one."


def _residual(graph: Graph) -> list[tuple[str, list[Edge]]]:
    blocks: dict[tuple, tuple[str, list[Edge]]] = {}
    for branch in find_branches(graph):
        if branch.value.shape[-1] is not None:
            blocks.setdefault(branch.operations, (branch.addition.name, []))[1].append((branch.step, branch.value))
    return list(blocks.values())


def _named(graph: Graph, at: tuple[str, ...]) -> list[tuple[str, list[Edge]]]:
    layers = graph.layers
    for name in at:
        if name not in layers:
            raise ValueError(f"at: {unknown('layer', name, layers)}")
    blocks: dict[str, tuple[str, list[Edge]]] = {}
    for step in graph.steps:
        if step.name in at:
            value = step.outputs[0]
            if not is_map(value) or value.shape[-1] is None:
                raise ValueError(
                    f"at: attention takes maps (batch, height, width, channels), but layer {step.name!r} gives "
                    f"{value.shape}."
                )
            blocks.setdefault(step.name, ("", []))[1].append((step, value))
    return list(blocks.values())
