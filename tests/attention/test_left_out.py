"""A graph on a CPU leaves a module out where one scheme for a whole batch has its block off; nothing else changes."""

import keras
import numpy as np
import pytest

from keras_ean import Scheme, attention, build_supernet
from keras_ean.attention import Choice, base
from keras_ean.plugging import IdentityStart
from keras_ean.search import SupernetEvaluator
from keras_ean.testing.running import filled
from tests.small_backbone import Small

SHAPE = (3, 4, 4, 8)
X, OTHER = np.random.default_rng(0).normal(size=(2, *SHAPE)).astype("float32")
NEVER = 10**9
WITH_STATISTICS = ("bam", "cbam", "coord", "srm")
MADE = {
    **{name: lambda name=name: attention.get(name) for name in attention.available()},
    "faded in": lambda: IdentityStart(attention.get("dia")),
    "a choice": lambda: attention.get("eca+dia"),
}


def traced(module, large, monkeypatch):
    """A function from the mask to (y, state, gradients), and the kinds of operations in its graph."""
    import tensorflow as tf

    monkeypatch.setattr(base, "LARGE", large)
    state = tuple(tf.constant(np.ones((len(X), *shape[1:]), "float32")) for shape in module.state_shapes(SHAPE))
    wanted = [weight.value for weight in module.trainable_weights]

    @tf.function
    def step(x, connected):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, after = module(x, state, connected, place=module.places[0], training=True)
            loss = tf.reduce_sum(y * OTHER) + sum(tf.reduce_sum(tf.sin(one)) for one in after)
        zeros = tf.UnconnectedGradients.ZERO
        return y, after, tape.gradient(loss, [x, *wanted], unconnected_gradients=zeros)

    kinds = {one.type for one in step.get_concrete_function(X, np.ones(1, "float32")).graph.get_operations()}
    return step, kinds


@pytest.mark.parametrize("name", MADE)
def test_a_step_is_the_same_with_the_branch(name, monkeypatch):
    module = MADE[name]()
    module.build(SHAPE)
    filled(module)
    without, _ = traced(module, NEVER, monkeypatch)
    step, kinds = traced(module, 1, monkeypatch)
    assert ("If" in kinds or "StatelessIf" in kinds) == (name not in WITH_STATISTICS)
    for connected in (0.0, 0.25, 1.0):
        given = X, np.array([connected], "float32")
        expected, found = (keras.tree.flatten(one(*given)) for one in (without, step))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(step(X, np.zeros(1, "float32"))[0], X)


def test_a_scheme_for_each_image_and_a_small_map_have_no_branch(monkeypatch):
    module = attention.get("se")
    assert traced(module, 128, monkeypatch)[1] & {"If", "StatelessIf"}
    assert not traced(module, 129, monkeypatch)[1] & {"If", "StatelessIf"}
    monkeypatch.setattr(base, "LARGE", 1)
    import tensorflow as tf

    graph = tf.function(lambda x, bits: module(x, (), bits)[0]).get_concrete_function(X, np.ones(3, "float32")).graph
    assert not {one.type for one in graph.get_operations()} & {"If", "StatelessIf"}


class Leaving(attention.Gate):
    skippable = False

    def gate(self, x, state):
        self.add_loss(keras.ops.mean(x))
        return keras.ops.ones((1, 1, 1, 1)), state


def test_what_leaves_something_behind_is_not_left_out(monkeypatch):
    module = Leaving()
    _, kinds = traced(module, 1, monkeypatch)
    assert not kinds & {"If", "StatelessIf"}
    assert not Choice([Leaving(), attention.get("se")], (0, 1)).skippable
    assert not IdentityStart(Leaving()).skippable
    assert IdentityStart(attention.get("se")).skippable


def trained(large, monkeypatch):
    monkeypatch.setattr(base, "LARGE", large)
    keras.utils.set_random_seed(0)
    supernet = build_supernet(Small((2, 1)), "dia", (8, 8, 1), 3, seed=1)
    supernet.compile(keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.01), "sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    data = generator.normal(size=(24, 8, 8, 1)).astype("float32"), np.arange(24) % 3
    supernet.fit(*data, batch_size=8, epochs=2, verbose=0)
    return supernet, data


def test_a_training_and_all_scores_are_the_same_with_branches(monkeypatch):
    """Scores side by side too, where a branch is taken for some schemes and not for others."""
    (one, data), (other, _) = (trained(large, monkeypatch) for large in (1, NEVER))
    for weight, same in zip(one.weights, other.weights, strict=True):
        np.testing.assert_allclose(weight.numpy(), same.numpy(), rtol=1e-4, atol=1e-5)
    schemes, found = list(Scheme.every(one.stages)), []
    for large, passes in ((1, 1), (1, 4), (NEVER, 4)):
        monkeypatch.setattr(base, "LARGE", large)
        evaluator = SupernetEvaluator(one, data, 8, calibration=data[0], schemes_per_pass=passes)
        found.append([score["loss"] for score in evaluator.score(schemes)])
    assert found[0] == pytest.approx(found[2], rel=1e-5)
    assert found[1] == pytest.approx(found[2], rel=1e-5)
