import keras
import numpy as np
import pytest

from keras_ean import Scheme, backbones, build_supernet
from keras_ean.recipes import CoupledSGD, Recipe
from keras_ean.search import RandomOracle, SchemeTuner, TuningEvaluator

RECIPE = Recipe(epochs=1, batch_size=12, rate=0.1, schedule="one_cycle", weight_decay=0.01)
SCHEMES = [Scheme(text) for text in ("00", "10", "11")]
STEPS = 4  # Of 12 images: more than the 32 that there are.


class Traces(keras.layers.Layer):
    """Counts how often Python runs through it."""

    count = 0

    def call(self, x):
        Traces.count += 1
        return x


class Tiny(backbones.Backbone):
    stages = (2,)

    def features(self, image, attend):
        x = keras.layers.Conv2D(4, 3, name="conv")(Traces()(image))
        for block in range(2):
            y = keras.layers.BatchNormalization(momentum=0.9, name=f"norm_{block}")(keras.layers.Conv2D(4, 1)(x))
            x = keras.layers.ReLU()(x + attend(y, block))
        return x

    def get_config(self):
        return {}


def trained(images):
    keras.utils.set_random_seed(1)
    supernet = build_supernet(Tiny(), "se", (8, 8, 1), 10)
    supernet.compile(keras.optimizers.SGD(0.1, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(True))
    return supernet


@pytest.fixture
def evaluator(images):
    return TuningEvaluator(trained(images), images, images, STEPS, RECIPE, batch_size=12, seed=5)


def test_a_score_is_that_of_the_supernet_trained_on_under_the_scheme(evaluator, images):
    scheme, (x, y) = SCHEMES[1], images
    [score] = evaluator.score([scheme], repeat=2)
    supernet = trained(images)
    optimizer = CoupledSGD(RECIPE.learning_rate(STEPS, 1), RECIPE.momentum, l2=RECIPE.weight_decay)
    supernet.compile(optimizer, RECIPE.loss(), metrics=["accuracy"])
    draw = np.random.default_rng([5, 2, *scheme.bits])
    order = np.concatenate([draw.permutation(32), draw.permutation(32)])[: STEPS * 12].reshape(STEPS, 12)
    for batch in order:
        supernet.train_on_batch({"image": x[batch], "scheme": np.array([scheme.bits] * 12)}, y[batch])
    truth = supernet.evaluate(x, y, scheme=scheme, return_dict=True, verbose=0)
    assert score["loss"] == pytest.approx(truth["loss"], rel=1e-4)
    assert score["accuracy"] == pytest.approx(truth["accuracy"], abs=1e-6)
    assert evaluator.images == 32


def test_scores_depend_on_scheme_and_repeat_alone_and_trace_once(evaluator, images):
    supernet = trained(images)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in (*supernet.variables, *supernet.optimizer.variables)]
    again = TuningEvaluator(supernet, images, images, STEPS, RECIPE, batch_size=12, seed=5)
    scores = [again.score([scheme])[0] for scheme in reversed(SCHEMES)][::-1]
    traces = Traces.count
    assert len({score["loss"] for score in scores}) == 3
    assert again.score(SCHEMES) == scores
    assert again.score(SCHEMES, repeat=1) != scores
    assert again.score(SCHEMES[:1], share=0.25)[0] != scores[0]
    assert Traces.count == traces
    after = [*supernet.variables, *supernet.optimizer.variables]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))
    assert evaluator.score(SCHEMES) == scores


def test_a_search_scores_with_it(evaluator, images, tmp_path):
    oracle = RandomOracle((2,), max_steps=3, seed=0)
    tuner = SchemeTuner(trained(images), oracle, evaluator=evaluator, directory=tmp_path)
    tuner.search(verbose=0)
    first = tuner.evaluations()[0]
    assert first.metrics["accuracy"] == evaluator.score([first.scheme])[0]["accuracy"]
    others = TuningEvaluator(trained(images), images, images, STEPS + 1, RECIPE, batch_size=12, seed=5)
    assert others.settings().keys() == evaluator.settings().keys()
    assert {k for k, v in others.settings().items() if v != evaluator.settings()[k]} == {"steps"}


@pytest.mark.parametrize(
    ("options", "message"),
    [({"steps": 0}, "at least 1 step"), ({"recipe": Recipe(1, batch_size=33, rate=0.1)}, "one batch of 33 images")],
)
def test_bad_options_are_refused(images, options, message):
    with pytest.raises(ValueError, match=message):
        TuningEvaluator(trained(images), images, images, **options)


@pytest.mark.parametrize("steps", [0, -1])
def test_a_plan_refuses_the_steps_that_a_tuning_refuses(steps):
    with pytest.raises(ValueError, match=f"at least 1 step, not {steps}"):
        TuningEvaluator.effort(100, 10, 10, steps=steps)
