"""The network with some gates folded: where each constant goes, and the new model."""

from collections import Counter
from collections.abc import Mapping

import keras

from keras_ean.folding.absorbing import (
    assign,
    into_input,
    into_output,
    lets_through,
    options,
    takes_input,
    takes_output,
    weights_of,
)
from keras_ean.folding.affine import Affine
from keras_ean.folding.gate_place import GatePlace
from keras_ean.graph.copying import copy_inputs, copy_operation, copy_weights
from keras_ean.graph.graph import Graph, Step, Value
from keras_ean.graph.naming import unique


class Rewriting:
    """Puts the constants of folded gates into the layers around them.

    A constant goes into the layer that makes the gate's input, or, where that takes none, into the one layer that uses
    the gate's output; on the way it passes what it commutes with. A layer that is called several times, or whose output
    is used elsewhere too, takes none. A constant that finds no layer stays as one multiplication, but for one that does
    nothing: the gate is removed.

    Args:
        graph: The graph of the network.
        folded: The constants, by the gates that become them.

    Attributes:
        into: By gate, the name of the layer that took its constant, or "nothing" if the constant does nothing; None
            where a multiplication stays.
    """

    def __init__(self, graph: Graph, folded: Mapping[GatePlace, Affine]):
        self.graph, self.folded = graph, folded
        self.by_step = {id(place.step): place for place in folded}
        self.calls = Counter(id(step.operation) for step in graph.steps)
        self.makers: dict[Value, Step] = {}
        self.users: dict[Value, list[Step | None]] = {}
        self.live: set[int] = set()
        self.stateful: set[int] = set()
        self._trace()
        self.changes: dict[int, list[tuple]] = {}
        self.into: dict[GatePlace, str | None] = {place: self._put(place) for place in folded}

    def _trace(self) -> None:
        """Which steps are needed, and by which steps each value is used."""
        for value in keras.tree.flatten(self.graph.outputs):
            self.users.setdefault(value, []).append(None)
        for step in reversed(self.graph.steps):
            self.makers.update((value, step) for value in step.outputs)
            place = self.by_step.get(id(step))
            used = [value in self.users for value in step.outputs]
            if place is not None:
                self._use(step, [place.x] if used[0] else [])
                if any(used[1:]):  # The state of a module that goes on to another block.
                    self.stateful.add(id(step))
                    self._use(step, step.inputs)
            elif any(used):
                self._use(step, step.inputs)

    def _use(self, step: Step, values: list[Value]) -> None:
        if values:
            self.live.add(id(step))
        for value in values:
            self.users.setdefault(value, []).append(step)

    def _put(self, place: GatePlace) -> str | None:
        affine = self.folded[place]
        if not affine.changes:
            return "nothing"
        value, user = place.x, place.step
        while (maker := self.makers.get(value)) is not None and self.users[value] == [user] and self._alone(maker):
            if takes_output(maker.operation, affine):
                return self._change(maker, affine, into_output)
            if not lets_through(maker, affine):
                break
            value, user = maker.inputs[0], maker
        value = place.y
        while len(users := self.users.get(value, [])) == 1 and users[0] is not None and self._alone(users[0]):
            if takes_input(users[0].operation, affine):
                return self._change(users[0], affine, into_input)
            if not lets_through(users[0], affine):
                break
            value = users[0].outputs[0]
        return None

    def _alone(self, step: Step) -> bool:
        """Whether the step's operation is called nowhere else."""
        return self.calls[id(step.operation)] == 1 and id(step) not in self.by_step

    def _change(self, step: Step, affine: Affine, absorb) -> str:
        self.changes.setdefault(id(step.operation), []).append((affine, absorb))
        return step.name

    def fate(self, place: GatePlace) -> str:
        """What became of a folded gate, in words."""
        return self.into[place] or "one multiplication"

    def network(self, model: keras.Model, name: str) -> keras.Model:
        """A new functional model, its weights copied from the graph's layers.

        Args:
            model: The functional model that the graph was read from.
            name: The name of the new model.
        """
        inputs = copy_inputs(model)
        steps, outputs = self._steps()
        rewritten = Graph(self.graph.inputs, outputs, steps)
        network = keras.Model(inputs, rewritten.run(inputs, copy=self._copy), name=name)
        copies = {layer.name: layer for layer in network.layers}
        for step_name, layer in self.graph.layers.items():
            if step_name in copies:
                self._carry(layer, copies[step_name])
        return network

    def _steps(self) -> tuple[list[Step], object]:
        """The steps that are left, and the outputs; a folded gate gives its input, or a multiplication."""
        alias: dict[Value, Value] = {}
        steps, names = [], [step.name for step in self.graph.steps]

        def now(structure):
            return keras.tree.map_structure(
                lambda leaf: alias.get(leaf, leaf) if isinstance(leaf, Value) else leaf, structure
            )

        for step in self.graph.steps:
            place = self.by_step.get(id(step))
            if id(step) not in self.live:
                continue
            args, kwargs = now((step.args, step.kwargs))
            if place is None or id(step) in self.stateful:
                outputs = step.outputs if place is None else [Value(-1, (), ""), *step.outputs[1:]]
                steps.append(Step(step.operation, step.parents, args, kwargs, outputs, step.name))
            if place is not None and place.y in self.users:
                if self.into[place] is None:
                    names.append(unique(f"{place.name.replace('/', '_')}_folded", names))
                    constant = multiplication(self.folded[place], place.x.dtype, names[-1])
                    steps.append(Step(constant, (), (now(place.x),), {}, [place.y], names[-1]))
                else:
                    alias[place.y] = now(place.x)
        return steps, now(self.graph.outputs)

    def _copy(self, operation, name: str):
        changed: dict[str, bool] = {}
        for affine, _ in self.changes.get(id(operation), ()):
            changed |= {key: value or changed.get(key, False) for key, value in options(operation, affine).items()}
        return copy_operation(operation, name, **changed)

    def _carry(self, layer: keras.layers.Layer, copy: keras.layers.Layer) -> None:
        if id(layer) not in self.changes:
            copy_weights(layer, copy)
            return
        weights = weights_of(layer)
        for affine, absorb in self.changes[id(layer)]:
            weights = absorb(layer, weights, affine)
        assign(copy, weights)


def multiplication(affine: Affine, dtype: str, name: str) -> keras.layers.Layer:
    """The constant as a layer of Keras's own, which loads where this package is not installed."""
    offset = affine.shift.tolist() if affine.shifts else 0.0
    return keras.layers.Rescaling(affine.scale.tolist(), offset, dtype=dtype, name=name)
