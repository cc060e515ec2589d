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
    """Makes somebody else's model a backbone, of which `build_network` and `Supernet` build networks; the model itself
    stays as it is.

    The networks have the model's own inputs and outputs, whatever `input_shape`, `classes` and `activation` say. They
    start with fresh weights; `carry_weights` gives them the model's.

    Args:
        model: A functional or Sequential model, channels last.
        at: The names of layers to plug attention after; None plugs it before the model's residual additions.

    Raises:
        ValueError: The model has no place for attention, or is refused for another reason that
            `keras_ean.attachment_points` tells.

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
        """This is the model itself, or the functional model inside it if it is Sequential."""
        return as_functional(self.model)

    @property
    def stages(self) -> tuple[int, ...]:
        return self.points.stages

    def inputs(self, input_shape=None):
        """Makes new symbolic inputs with the structure, shapes, types and names of the model's; `input_shape` changes
        nothing.
        """
        return copy_inputs(self.functional)

    def outputs(self, inputs, attend, classes=None, activation=None):
        """Runs the model's layers on `inputs`, calls the hook `attend(y, block)` at every attachment point, and gives
        the model's outputs; `classes` and `activation` change nothing.
        """
        blocks = {(id(step), value): point.block for point in self.points for step, value in point.edges}

        def rewrite(step, value, tensor):
            block = blocks.get((id(step), value))
            return tensor if block is None else attend(tensor, block)

        return self.graph.run(inputs, rewrite)

    @property
    def policy(self) -> keras.DTypePolicy:
        """This is the dtype policy of the layer at the first attachment point, which attention given by name takes
        over.
        """
        layers = self.graph.layers
        ends = [layers[point.branch_end] for point in self.points if point.branch_end in layers]
        return ends[0].dtype_policy if ends else keras.config.dtype_policy()

    def carry_weights(self, network: keras.Model) -> None:
        """Copies the model's weights, bit for bit, into a `network` that was built from this backbone."""
        copies = {layer.name: layer for layer in network.layers}
        for name, layer in self.graph.layers.items():
            copy_weights(layer, copies[name])

    def get_config(self) -> dict:
        """Gives the model in the form that Keras saves, without its weights and its compilation, and `at`."""
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
