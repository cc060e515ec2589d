"""A model in which every gate tells its values, and can be held at constants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Integral

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.folding.affine import Affine
from keras_ean.folding.gate_place import GatePlace
from keras_ean.graph.graph import Graph, Step, Value
from keras_ean.training.targets import fits, listed


@dataclass(frozen=True, eq=False)
class Statistics:
    """Tells what a gate y = x · factor + shift was on some images; the shift is 0 for all that multiplies.

    Attributes:
        mean: The means of factor and shift over images and positions.
        over_images: How much the gate differs from image to image, (channels,): the standard deviation over images of
            its mean over positions, as a part of its root mean square; 0 where it is the same for every image.
        over_positions: The same over the positions of an image, (channels,).
    """

    mean: Affine
    over_images: np.ndarray
    over_positions: np.ndarray

    @property
    def varies(self) -> float:
        """This is how much the gate differs from image to image, averaged over the channels; 0 for a constant."""
        return float(np.mean(self.over_images))

    @property
    def spatial(self) -> bool:
        """Says whether the gate varies more over positions than over images."""
        return float(np.mean(self.over_positions)) > max(self.varies, 1e-3)


class Measured(keras.Model):
    """The model of a graph, run by the model's own layers, with a switch at every gate: live, or held at a constant.

    The switches are values of the compiled computation, so that no choice of gates compiles anew.

    Args:
        graph: The graph of the model.
        places: The gates of the model.
        inputs: The model's own symbolic inputs, whose types the images take.
    """

    def __init__(self, graph: Graph, places: Sequence[GatePlace], inputs):
        super().__init__(autocast=False)  # Whatever the global policy is, the model's layers have their own.
        self.kinds = [tensor.dtype for tensor in keras.tree.flatten(inputs)]
        self.shapes = [tuple(tensor.shape[1:]) for tensor in keras.tree.flatten(inputs)]
        self.switches = [Switch(place.channels, name=f"switch_{index}") for index, place in enumerate(places)]
        steps, seen = switched(graph, places, self.switches)
        opened = Graph(graph.inputs, (graph.outputs, seen), steps)
        # So that Keras knows of their weights; of the graph itself it would make structures of its own.
        self.parts = [step.operation for step in steps if isinstance(step.operation, keras.layers.Layer)]
        self.steps = partial(opened.run, copy=lambda operation, name: operation)
        self.built = True
        self.look = backend.inference(self)

    def call(self, inputs, training=False, rewrite=None):
        """`rewrite` is as `Graph.run` takes it."""
        inputs = [ops.cast(x, kind) for x, kind in zip(keras.tree.flatten(inputs), self.kinds, strict=True)]
        # As Keras adds the axis of a single channel.
        inputs = [x if x.ndim > len(shape) else x[..., None] for x, shape in zip(inputs, self.shapes, strict=True)]
        return self.steps(inputs, rewrite)

    def hold(self, constants: Mapping[int, Affine]) -> None:
        """Makes the gates of these indices constants from now on, and the others live."""
        for index, switch in enumerate(self.switches):
            switch.set(constants.get(index))

    def answers_on(self, images, batch_size: int):
        """The model's outputs, as arrays."""
        return backend.outputs(self.look, images, batch_size)[0]

    def read(self, images, batch_size: int) -> tuple:
        """The model's outputs, as arrays; of each gate the moments (images, 4, channels) of `Switch`, and from them its
        `Statistics`.

        Raises:
            ValueError: There are no images, they have another shape, the batch size is below 1, or a gate gives values
                that are not finite.
        """
        if not isinstance(batch_size, Integral) or batch_size < 1:
            raise ValueError(f"batch_size is the number of images per forward pass, 1 or more, not {batch_size!r}.")
        check_images(images, self.shapes)
        if not len(keras.tree.flatten(images)[0]):
            raise ValueError("There are no images to measure the gates on.")
        answers, seen = backend.outputs(self.look, images, batch_size)
        moments = [np.asarray(values, "float64") for values in seen]
        if not all(np.isfinite(values).all() for values in (*moments, *keras.tree.flatten(answers))):
            raise ValueError(
                "On these images the network gives values that are no finite numbers: look for NaN or infinite pixels, "
                "or for such weights."
            )
        return answers, moments, [statistics(values) for values in moments]


def check_images(images, wanted: Sequence[tuple]) -> None:
    """Raises ValueError unless a network whose inputs have these shapes, without the batch, takes the arrays."""
    found = [tuple(x.shape[1:]) for x in keras.tree.flatten(images)]
    if len(found) != len(wanted) or not all(map(fits, found, wanted)):
        raise ValueError(f"The network takes images of {listed([*wanted])}, not of {listed(found)}.")
    counts = [len(x) for x in keras.tree.flatten(images)]
    if len(set(counts)) > 1:
        raise ValueError(f"Each input takes one image of each example, but they have {', '.join(map(str, counts))}.")


class Switch(keras.layers.Layer):
    """(x, factor, shift) → x · factor + shift, or x · scale + offset with constants; and what factor and shift were.

    Args:
        channels: The number of channels of x.
    """

    def __init__(self, channels: int, **kwargs):
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.channels = channels
        self.held = self.add_weight(shape=(), initializer="zeros", trainable=False, name="held")
        self.scale = self.add_weight(shape=(channels,), initializer="ones", trainable=False, name="scale")
        self.offset = self.add_weight(shape=(channels,), initializer="zeros", trainable=False, name="offset")
        self.built = True

    def set(self, constant: Affine | None) -> None:
        """Holds the gate at a constant, or makes it live."""
        self.held.assign(float(constant is not None))
        if constant is not None:
            self.scale.assign(constant.scale)
            self.offset.assign(constant.shift)

    def call(self, x, factor, shift=None):
        while factor.ndim < x.ndim:
            factor = factor[:, None]  # As Keras's Multiply does it.
        live = x * ops.cast(factor, x.dtype) + (0 if shift is None else ops.cast(shift, x.dtype))
        constant = x * ops.cast(self.scale, x.dtype) + ops.cast(self.offset, x.dtype)
        y = ops.where(ops.convert_to_tensor(self.held) > 0, constant, live)
        seen = [moments(part, x) for part in (factor, ops.zeros_like(factor) if shift is None else shift)]
        return y, ops.stack([moment for pair in seen for moment in pair], axis=1)


def moments(part, x) -> tuple:
    """The mean and the variance over positions, both (batch, channels), of what is broadcastable to x."""
    part = ops.cast(part, "float32")
    mean = ops.mean(part, axis=(1, 2), keepdims=True)
    variance = ops.mean(ops.square(part - mean), axis=(1, 2), keepdims=True)
    shape = (ops.shape(x)[0], x.shape[-1])
    return tuple(ops.broadcast_to(moment[:, 0, 0, :], shape) for moment in (mean, variance))


class Opened(keras.layers.Layer):
    """An attention module's factor, shift and state, in place of its output.

    Args:
        module: The attention module, whose weights are used.
    """

    def __init__(self, module, **kwargs):
        super().__init__(dtype=module.dtype_policy, **kwargs)
        self.module = module
        self.built = True

    def call(self, x, state=None, connected=None, place=None):
        self.module.place = self.module.places[0] if place is None else place
        before = self.module.initial_state(x) if state is None else tuple(state)
        factor, shift, after = self.module.affine(x, before)
        return factor, shift, *after


def switched(graph: Graph, places: Sequence[GatePlace], switches: Sequence[Switch]) -> tuple[list[Step], list[Value]]:
    """The graph's steps with a switch at every gate, and the values that tell what the gates were."""
    found = {id(place.step): (place, switch) for place, switch in zip(places, switches, strict=True)}
    steps, seen = [], []
    for step in graph.steps:
        if id(step) not in found:
            steps.append(step)
            continue
        place, switch = found[id(step)]
        parts: list = [place.factor]
        if place.factor is None:
            parts = [Value(-1, (), ""), Value(-1, (), "")]
            opened = Opened(step.operation, name=f"{switch.name}_opened")
            steps.append(Step(opened, (), step.args, step.kwargs, [*parts, *step.outputs[1:]]))
        seen.append(Value(-1, (), ""))
        steps.append(Step(switch, (), (place.x, *parts), {}, [place.y, seen[-1]]))
    return steps, seen


def statistics(seen: np.ndarray) -> Statistics:
    """Computes the gates' statistics from the moments of `Switch`, (images, 4, channels)."""
    means, spreads, levels = [], [], []
    for part in (seen[:, :2], seen[:, 2:]):
        means.append(part[:, 0].mean(0))
        level = np.sqrt(np.mean(part[:, 0] ** 2 + part[:, 1], axis=0))
        levels.append(level)
        spreads.append((part[:, 0].std(0), np.sqrt(part[:, 1].mean(0))))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [[np.nan_to_num(s / level) for s in pair] for pair, level in zip(spreads, levels, strict=True)]
    over_images, over_positions = (np.maximum(*pair) for pair in zip(*shares, strict=True))
    return Statistics(Affine(*means), over_images, over_positions)
