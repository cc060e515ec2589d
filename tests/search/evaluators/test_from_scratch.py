import random

import keras
import numpy as np
import pytest
from keras import ops

import keras_ean as ean
from keras_ean.bench.spaces import StagedResNet
from keras_ean.data import CropFlip, ResizedCrop
from keras_ean.recipes import Recipe
from keras_ean.search import SchemeTuner, SurrogateOracle, TrainingEvaluator
from keras_ean.supernet.supernet import build_supernet

SHORT = Recipe(epochs=2, batch_size=8, rate=0.05)


def problem(images=40):
    """Bright images are of class 1."""
    draw = np.random.default_rng(0)
    labels = np.arange(images) % 2
    return draw.normal(size=(images, 4, 4, 1)) + 2 * labels[:, None, None, None], labels


def supernet():
    return build_supernet(StagedResNet((1, 1), 4), "eca", (4, 4, 1), classes=2)


@pytest.fixture(scope="module")
def evaluator():
    return TrainingEvaluator(supernet(), problem(), problem(), SHORT)


def test_a_score_depends_on_scheme_and_repeat_only(evaluator):
    states = {
        (scheme, repeat): last(evaluator.train([scheme], repeat)) for scheme in ("1 0", "0 1") for repeat in (0, 1)
    }
    net, drawn = supernet(), random.getstate()
    again = TrainingEvaluator(net, problem(), problem(), SHORT)
    assert random.getstate() == drawn
    np.testing.assert_array_equal(last(again.train(["0 1"], 1)), states["0 1", 1])
    np.testing.assert_array_equal(last(evaluator.train(["1 0"], 0)), states["1 0", 0])
    kernels = [state.tobytes() for state in states.values()]
    assert len(set(kernels)) == 4


@pytest.mark.parametrize("common", [False, True])
def test_schemes_may_see_the_images_in_one_order(common, monkeypatch):
    evaluator, orders = TrainingEvaluator(supernet(), problem(), problem(), SHORT, common_order=common), []

    def run(state, rows, images, labels, order, rates):
        orders.append(ops.convert_to_numpy(order))
        return state, 0.0

    monkeypatch.setattr(evaluator.training, "run", run)
    for scheme, repeat in (("1 0", 0), ("0 1", 0), ("0 1", 1)):
        list(evaluator.train([scheme], repeat))
    one, other, again = (np.array(orders[start : start + 2]) for start in (0, 2, 4))
    assert np.array_equal(one, other) == common
    assert not np.array_equal(other, again)
    assert ("common_order" in evaluator.settings()) == common


def last(epochs) -> np.ndarray:
    """The first kernel at the end."""
    *_, state = epochs
    return ops.convert_to_numpy(state[0][0])


def test_it_learns_and_leaves_the_supernet_alone():
    net = supernet()
    before = [np.array(ops.convert_to_numpy(v)) for v in net.variables]
    longer = TrainingEvaluator(net, problem(), problem(), SHORT, epochs=6)
    [score] = longer.score(["1 1"])
    assert score["accuracy"] > 0.9
    for variable, value in zip(net.variables, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(variable), value)


def test_a_searcher_works_with_it(evaluator, tmp_path):
    tuner = SchemeTuner(None, SurrogateOracle((1, 1), max_steps=2, seed=0), evaluator=evaluator, directory=tmp_path)
    tuner.search(verbose=0)
    assert evaluator.images == 40
    longer = TrainingEvaluator(supernet(), problem(), problem(), SHORT, epochs=3).settings()
    assert {name for name, value in evaluator.settings().items() if longer[name] != value} == {"epochs"}
    assert {evaluation.metrics["accuracy"] for evaluation in tuner.evaluations()} <= {n / 40 for n in range(41)}


def test_crops_and_mirrors_inside_the_step():
    recipe = Recipe(epochs=1, batch_size=8, rate=0.05, augmentation=CropFlip(padding=1))
    augmented = TrainingEvaluator(supernet(), problem(), problem(), recipe)
    assert any(layer.name.startswith("crop_flip") for layer in augmented.body.layers)
    plain = TrainingEvaluator(supernet(), problem(), problem(), Recipe(epochs=1, batch_size=8, rate=0.05))
    assert not np.array_equal(last(augmented.train(["1 1"])), last(plain.train(["1 1"])))
    with pytest.raises(ValueError, match="ResizedCrop"):
        TrainingEvaluator(
            supernet(), problem(), problem(), Recipe(epochs=1, batch_size=8, rate=0.05, augmentation=ResizedCrop(4))
        )


def test_a_model_of_somebody_else_is_trained_too():
    plain = ean.build_network(StagedResNet((1, 1), 4), "eca", "0 0", (4, 4, 1), classes=2)
    evaluator = TrainingEvaluator(ean.plug_supernet(plain, "eca"), problem(), problem(), SHORT, epochs=6)
    [score] = evaluator.score(["1 1"])
    assert score["accuracy"] > 0.9
    assert not np.array_equal(last(evaluator.train(["1 1"], 0)), last(evaluator.train(["1 1"], 1)))


def test_bad_input(evaluator):
    with pytest.raises(ValueError, match="share of 0.5"):
        evaluator.score(["1 0"], share=0.5)
    with pytest.raises(ValueError, match="there are 7"):
        TrainingEvaluator(supernet(), problem(7), problem(7), SHORT)
    with pytest.raises(ValueError, match="stages"):
        evaluator.score(["1 0 1"])


@pytest.mark.backends
def test_side_by_side_gives_what_one_by_one_gives(evaluator):
    if keras.backend.backend() != "jax":
        with pytest.raises(ValueError, match="KERAS_BACKEND=jax"):
            TrainingEvaluator(supernet(), problem(), problem(), SHORT, side_by_side=2)
        return
    both = TrainingEvaluator(supernet(), problem(), problem(), SHORT, side_by_side=2)
    *_, state = both.train(["1 0", "0 1"], 1)
    for place, scheme in enumerate(("1 0", "0 1")):
        np.testing.assert_allclose(
            ops.convert_to_numpy(state[0][0])[place], last(evaluator.train([scheme], 1)), atol=1e-4
        )
    assert len(both.score(["1 0", "0 1", "1 1"])) == 3


@pytest.mark.parametrize("epochs", [0, -1])
def test_a_plan_refuses_the_epochs_that_a_training_refuses(epochs):
    with pytest.raises(ValueError, match=f"epochs is a whole number from 1 on, not {epochs}"):
        TrainingEvaluator.effort(100, 10, 10, epochs=epochs)
    assert TrainingEvaluator.effort(128, 10, 10, epochs=3).trained == 3 * 128
