"""Which additions of a graph end a residual block, and which of their addends is the branch.

An addition of maps of one shape, (batch, height, width, channels), is residual if the paths to its addends part at one
tensor, and

- exactly one addend, the *branch*, has the most computation on its longest path from there: most layers with a kernel,
  and among equals most parameters;
- every other addend is a *shortcut*: the tensor itself, or reached through at most one layer with a kernel.

The paths part at the nearest tensor that lies on every path from the model's inputs to all addends (their common
dominator), or at a shortcut from which the branch is reached. Vectors that join a map (a squeeze-and-excitation gate,
the embedding of a second input) are not followed back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from keras_ean.graph.graph import Graph, Step, Value
from keras_ean.graph.weight import Weight

ROOT = -1
DROPS = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.GaussianDropout, keras.layers.GaussianNoise)
DROP_NAMES = ("StochasticDepth", "DropPath")
"""Class names (or their ends) of layers that drop whole branches, which Keras has none of."""


@dataclass(frozen=True, eq=False)
class Branch:
    """A residual branch: `value` on its way into `step` is where attention goes.

    Attributes:
        step: The step that takes the branch: the addition, or the first of the dropout layers that end the branch.
        value: The last tensor of the branch before `step`.
        addition: The addition that ends the block.
        start: The number of the tensor where the paths to the addends part.
        operations: The ids of the branch's operations; they are equal where the same layers run again (a shared tower).
    """

    step: Step
    value: Value
    addition: Step
    start: int
    operations: tuple[int, ...]


def find_branches(graph: Graph) -> list[Branch]:
    """The residual branches, in the order of the graph's steps."""
    flow = Flow(graph)
    found = (flow.branch(step) for step in graph.steps if is_addition(step))
    return [branch for branch in found if branch is not None]


def is_addition(step: Step) -> bool:
    """Whether the step adds maps of one shape, by `layers.Add`, `ops.add` or `+`."""
    values = step.inputs
    same = len({value.shape for value in values}) == 1 and len(values) == len(set(values)) > 1
    # The operation behind `a + b` has no public name; its class is called as the layer's is.
    return same and is_map(values[0]) and type(step.operation).__name__ == "Add"


def is_map(value: Value) -> bool:
    return len(value.shape) == 4


def is_vector(value: Value) -> bool:
    return len(value.shape) < 3 or (is_map(value) and value.shape[1:3] == (1, 1))


class Flow:
    """How the values of a graph depend on each other."""

    def __init__(self, graph: Graph):
        self.maker: dict[int, Step] = {value.number: step for step in graph.steps for value in step.outputs}
        self.users: dict[int, int] = {}
        self.order: dict[int, int] = {}
        self.dominator: dict[int, int] = {}
        self.depth = {ROOT: 0}
        for value in keras.tree.flatten(graph.inputs):
            self._enter(value, [])
        for step in graph.steps:
            for value in step.inputs:
                self.users[value.number] = self.users.get(value.number, 0) + 1
            for value in step.outputs:
                self._enter(value, self.parents(value))

    def parents(self, value: Value) -> list[Value]:
        """What a value is made from, without weights, and without the vectors that join a map."""
        step = self.maker.get(value.number)
        if step is None:
            return []
        values = [other for other in step.inputs if not self.is_weight(other)]
        joins = any(is_map(other) and not is_vector(other) for other in values)
        return [other for other in values if not (joins and is_vector(other))]

    def is_weight(self, value: Value) -> bool:
        maker = self.maker.get(value.number)
        return maker is not None and isinstance(maker.operation, Weight)

    def _enter(self, value: Value, parents: Sequence[Value]) -> None:
        number = value.number
        self.order[number] = len(self.order)
        self.dominator[number] = self.common([parent.number for parent in parents]) if parents else ROOT
        self.depth[number] = self.depth[self.dominator[number]] + 1

    def common(self, numbers: Sequence[int]) -> int:
        """The nearest value on every path from the inputs to all of `numbers`, one of them included; or ROOT."""
        first, *rest = numbers
        for other in rest:
            while first != other:
                if self.depth[first] >= self.depth[other]:
                    first = self.dominator[first]
                else:
                    other = self.dominator[other]
        return first

    def branch(self, addition: Step) -> Branch | None:
        """The branch that `addition` ends, or None if it is not residual."""
        addends = addition.inputs
        start = next((a.number for a in addends if all(self.reaches(a, b) for b in addends)), None)
        if start is None:
            start = self.common([addend.number for addend in addends])
        if start == ROOT:
            return None
        cones = {addend: self.cone(addend, start) for addend in addends}
        paths = {addend: self.computation(start, cones[addend]) for addend in addends}
        cost = {addend: paths[addend][addend.number] for addend in addends}
        *shortcuts, branch = sorted(addends, key=cost.__getitem__)
        if cost[branch][0] == 0 or any(cost[other][0] > 1 or cost[other] == cost[branch] for other in shortcuts):
            return None
        operations = {id(self.maker[number].operation): None for number in cones[branch] if number in paths[branch]}
        step, value = self.before_drops(addition, branch)
        return Branch(step, value, addition, start, tuple(operations))

    def cone(self, end: Value, start: int) -> list[int]:
        """What is computed after `start` and leads to `end`, in order; empty if `end` is `start`."""
        seen, stack = set(), [end]
        while stack:
            value = stack.pop()
            if value.number in self.maker and value.number not in seen and self.order[value.number] > self.order[start]:
                seen.add(value.number)
                stack.extend(self.parents(value))
        return sorted(seen, key=self.order.__getitem__)

    def reaches(self, start: Value, end: Value) -> bool:
        return start is end or any(start in self.maker[number].inputs for number in self.cone(end, start.number))

    def computation(self, start: int, cone: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Per value of the cone that `start` leads to: (layers with a kernel, their parameters) on the longest path."""
        most = {start: (0, 0)}
        for number in cone:
            step = self.maker[number]
            before = [most[value.number] for value in step.inputs if value.number in most]
            if before:
                layers, parameters = max(before)
                kernel = has_kernel(step)
                most[number] = (layers + kernel, parameters + (step.operation.count_params() if kernel else 0))
        return most

    def before_drops(self, step: Step, value: Value) -> tuple[Step, Value]:
        """The place before the dropout and stochastic-depth layers that end the branch."""
        maker = self.maker.get(value.number)
        while maker is not None and is_drop(maker) and self.users[value.number] == 1:
            step, value = maker, maker.inputs[0]
            maker = self.maker.get(value.number)
        return step, value


def has_kernel(step: Step) -> bool:
    """Whether the step's layer has a weight of two or more axes: a convolution, a dense layer, attention."""
    operation = step.operation
    return isinstance(operation, keras.layers.Layer) and any(len(weight.shape) > 1 for weight in operation.weights)


def is_drop(step: Step) -> bool:
    return isinstance(step.operation, DROPS) or type(step.operation).__name__.endswith(DROP_NAMES)
