"""A trained model as a backbone: its own graph, with the attention hook at its attachment points."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import keras

from keras_ean.backbones import Backbone
from keras_ean.graph.copying import copy_inputs, copy_weights
from keras_ean.graph.graph import Graph
from keras_ean.graph.reading import as_functional
from keras_ean.plugging.points import AttachmentPoints, locate


@keras.saving.register_keras_serializable("keras_ean")
@dataclass(frozen=True, eq=False)
class PluggedBackbone(Backbone):
    """Tells `build_network` and `Supernet` what they need to know of somebody else's model. The model itself stays as
    it is.

    Its networks have the model's own inputs and outputs; `input_shape`, `classes` and `activation` change nothing.
    They start with fresh weights; `carry_weights` gives them the model's.

    Args:
        model: A functional or Sequential model.
        at: Names of layers after which to plug; default: before its residual additions.

    Raises:
        ValueError: See `keras_ean.attachment_points`.

    Example:
        >>> from keras_ean import build_network
        >>> model = build_network("resnet20", "se", "000 000 000", (8, 8, 1), classes=10)
        >>> PluggedBackbone(model).stages
        (3, 3, 3)
    """

    model: keras.Model
    at: Sequence[str] | None = None

    graph: Graph = field(init=False, repr=False)
    points: AttachmentPoints = field(init=False, repr=False)

    def __post_init__(self):
        graph, points = locate(self.model, self.at)
        object.__setattr__(self, "graph", graph)
        object.__setattr__(self, "points", points)

    @property
    def functional(self) -> keras.Model:
        """This is the functional model that `model` is, or wraps if it is Sequential."""
        return as_functional(self.model)

    @property
    def stages(self) -> tuple[int, ...]:
        return self.points.stages

    def inputs(self, input_shape=None):
        """Makes new inputs of the model's structure, shapes, types and names."""
        return copy_inputs(self.functional)

    def outputs(self, inputs, attend, classes=None, activation=None):
        """Runs the model, with `attend` at the attachment points, and gives its outputs."""
        blocks = {(id(step), value): point.block for point in self.points for step, value in point.edges}

        def rewrite(step, value, tensor):
            block = blocks.get((id(step), value))
            return tensor if block is None else attend(tensor, block)

        return self.graph.run(inputs, rewrite)

    @property
    def policy(self) -> keras.DTypePolicy:
        """This is the dtype policy of the layers that end the branches."""
        layers = self.graph.layers
        ends = [layers[point.branch_end] for point in self.points if point.branch_end in layers]
        return ends[0].dtype_policy if ends else keras.config.dtype_policy()

    def carry_weights(self, network: keras.Model) -> None:
        """Copies the model's weights into a network built from this backbone, bit for bit."""
        copies = {layer.name: layer for layer in network.layers}
        for name, layer in self.graph.layers.items():
            copy_weights(layer, copies[name])

    def get_config(self) -> dict:
        """Gives the model as a plain functional one, without its weights and its compilation."""
        plain = self.functional
        if not self.graph.flat:
            inputs = self.inputs()
            plain = keras.Model(inputs, self.graph.run(inputs), name=self.model.name)
        model = keras.saving.serialize_keras_object(plain)
        return {"model": {**model, "compile_config": None}, "at": self.at and list(self.at)}

    @classmethod
    def from_config(cls, config: dict) -> "PluggedBackbone":
        # A copy, since Keras empties the configuration of a functional model that it builds.
        return cls(keras.saving.deserialize_keras_object(deepcopy(config["model"])), config["at"])
