"""Labels as Keras users have them are taken; all else is refused in one line, before anything is scored."""

import keras
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.recipes import Recipe
from keras_ean.search import ReinforceOracle, SchemeTuner, SupernetEvaluator, TrainingEvaluator, TuningEvaluator
from tests.small_backbone import Small

X = np.random.default_rng(0).normal(size=(12, 8, 8, 3)).astype("float32")
Y = np.arange(12) % 4
SHORT = Recipe(epochs=1, batch_size=4, rate=0.1)
KINDS = {
    "(n, 1)": Y[:, None],
    "one-hot": keras.utils.to_categorical(Y, 4),
    "whole fractions": Y.astype("float32"),
    "list": Y.tolist(),
}


@pytest.fixture(scope="module")
def supernet():
    return ean.build_supernet(Small((1, 1)), "se", (8, 8, 3), classes=4, seed=0)


def evaluators(supernet, data):
    yield SupernetEvaluator(supernet, data)
    yield TuningEvaluator(supernet, data, data, steps=2, recipe=SHORT)
    yield TrainingEvaluator(supernet, data, data, SHORT)


@pytest.mark.usefixtures("eagerly")
def test_every_evaluator_takes_every_kind_of_label(supernet):
    scheme = supernet.full
    truth = [evaluator.score([scheme]) for evaluator in evaluators(supernet, (X, Y))]
    for name, labels in KINDS.items():
        found = [evaluator.score([scheme]) for evaluator in evaluators(supernet, (X, labels))]
        assert found == truth, name


def model(head):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(inputs)
    x = keras.layers.add([x, keras.layers.Conv2D(4, 3, padding="same")(x)])
    return keras.Model(inputs, head(x))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (X, Y + 1, "labels from 1 to 4, but the supernet's 4 classes are 0 … 3"),
        (X, Y - 1, "labels from -1 to 2"),
        (X, Y[:10], r"12 images need labels of shape \(12,\), not \(10,\)"),
        (X[:9], Y, r"9 images need labels of shape \(9,\), not \(12,\)"),
        (X, np.random.default_rng(0).random(12), "not fractions"),
        (X, np.ones((12, 4)), "must be one-hot"),
        (X, np.zeros((12, 8, 8), int), r"not \(12, 8, 8\)"),
        (X, np.array(["cat"] * 12), "labels from 'cat' to 'cat'"),
        (X[:, :4, :4], Y, "images of 4×4×3, but the supernet takes 8×8×3"),
        (X[..., :1], Y, "images of 8×8×1"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_a_line_and_binds_nothing(supernet, tmp_path, images, labels, message):
    def tuner():
        oracle = ReinforceOracle(max_steps=1, samples_per_step=2, seed=0, compare_random=False)
        return SchemeTuner(supernet, oracle, directory=tmp_path)

    with pytest.raises(ValueError, match=message) as error:
        tuner().search((images, labels), verbose=0)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200
    tuner().search((X, Y), verbose=0)
    for evaluator in (TuningEvaluator, TrainingEvaluator):
        for data, what in (((images, labels), (X, Y)), "training"), (((X, Y), (images, labels)), "validation"):
            with pytest.raises(ValueError, match=rf"^The {what} set\b[^?]*{message}"):
                evaluator(supernet, *data, recipe=SHORT)


@pytest.mark.parametrize(
    ("head", "outputs"),
    [
        (lambda x: keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(x)), r"\[\(1,\)\]"),
        (keras.layers.Conv2D(3, 1), r"\[\(8, 8, 3\)\]"),
        (lambda x: [keras.layers.Dense(3)(keras.layers.Flatten()(x))] * 2, r"\[\(3,\), \(3,\)\]"),
    ],
)
def test_what_is_no_classifier_is_refused_by_its_outputs(head, outputs):
    supernet = ean.plug_supernet(model(head), "se")
    with pytest.raises(ValueError, match=f"one logit per class.*are {outputs}"):
        SupernetEvaluator(supernet, (X, np.zeros(12, int)))


def test_the_axis_of_a_single_channel_may_be_missing():
    supernet = ean.build_supernet(Small((1, 1)), "se", (8, 8, 1), classes=4, seed=0)
    with_axis, without = (SupernetEvaluator(supernet, (x, Y)).score(["1 0"]) for x in (X[..., :1], X[..., 0]))
    assert with_axis == without
