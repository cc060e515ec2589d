"""Whatever the head, a search scores the supernet by what it was compiled with."""

import keras
import keras_tuner
import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.recipes import SmoothedCrossentropy
from keras_ean.search import RandomOracle, SchemeTuner, SupernetEvaluator, TaskEvaluator
from keras_ean.search.evaluators.choose import choose_evaluator
from keras_ean.testing import check_evaluator
from keras_ean.testing.running import shaken
from tests import shortcuts
from tests.training.heads import HEADS, X, compiled

SCHEMES = [Scheme("1 0"), Scheme("0 0")]
FAST = "logits, classes", "softmax, classes (n, 1)", "softmax, one-hot"

# Keras's mean IoU counts in int64, which JAX says it does not have.
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")


@pytest.mark.parametrize("name", HEADS)
def test_scores_are_those_of_evaluate_under_the_scheme(name):
    supernet, data = compiled(name, plugged=True)
    shaken(supernet.body)
    objective = HEADS[name][-1]
    evaluator = choose_evaluator(
        supernet, data, (objective, "min" if objective in ("loss", "mae") else "max"), batch_size=8
    )
    assert isinstance(evaluator, SupernetEvaluator if name in FAST else TaskEvaluator)
    scores = evaluator.score(SCHEMES)
    for scheme, found in zip(SCHEMES, scores):
        with shortcuts.eagerly():
            truth = supernet.evaluate(*data, batch_size=23, scheme=scheme, return_dict=True, verbose=0)
        assert found == pytest.approx({one: truth[one] for one in found}, rel=1e-4, abs=1e-6)
    assert scores[0] != scores[1]


def test_classes_with_shares_are_scored_by_the_task():
    supernet, (x, y) = compiled("softmax, one-hot", plugged=True)
    shared = 0.9 * y + 0.1 / 3
    evaluator = choose_evaluator(supernet, (x, shared), batch_size=8)
    [found] = evaluator.score([SCHEMES[0]])
    with shortcuts.eagerly():
        truth = supernet.evaluate(x, shared, batch_size=23, scheme=SCHEMES[0], return_dict=True, verbose=0)
    assert found == pytest.approx(truth, rel=1e-4)


def test_what_is_scored_is_what_is_extracted():
    supernet, (x, y) = compiled("multi-label, F1", plugged=True)
    supernet.fit(x, y, batch_size=12, epochs=2, verbose=0)
    [score] = TaskEvaluator(supernet, (x, y), batch_size=23, calibration=x).score(SCHEMES[:1])
    network = supernet.extract(SCHEMES[0], calibrate=x, batch_size=23)
    network.compile(loss=supernet.loss, metrics=[keras.metrics.F1Score("macro", 0.5, name="f1")])
    truth = network.evaluate(x, y, batch_size=23, return_dict=True, verbose=0)
    assert score == pytest.approx({name: float(value) for name, value in truth.items()}, rel=1e-4)


@pytest.mark.usefixtures("eagerly")
def test_it_keeps_the_contract_of_an_evaluator():
    supernet, data = compiled("regression", plugged=True)
    check_evaluator(lambda: TaskEvaluator(supernet, data, batch_size=8, calibration=X), supernet.stages)


@pytest.mark.usefixtures("eagerly")
def test_a_search_by_the_loss_finds_the_lowest(tmp_path):
    supernet, data = compiled("regression", plugged=True)
    supernet.fit(*data, batch_size=12, epochs=3, verbose=0)
    oracle = RandomOracle(objective="val_loss", max_steps=4, samples_per_step=2, sparsity_weight=0, seed=0)
    tuner = SchemeTuner(supernet, oracle, directory=tmp_path)
    tuner.search(data, verbose=0)
    losses = {str(one.scheme): one.metrics["loss"] for one in tuner.evaluations()}
    assert len(losses) == 4
    assert tuner.oracle.get_best_trials()[0].metrics.get_best_value("val_loss") == min(losses.values())
    for text, loss in losses.items():
        assert supernet.evaluate(*data, scheme=text, verbose=0)[0] == pytest.approx(loss, rel=1e-4)


@pytest.mark.usefixtures("eagerly")
def test_it_is_called_as_keras_tuner_is(tmp_path):
    supernet, (x, y) = compiled("regression", plugged=True)
    calls = {
        "pair": {"x": (x, y)},
        "both": {"x": x, "y": y},
        "validation": {"x": x[:4], "y": y[:4], "validation_data": (x, y)},
    }
    scores = []
    for name, data in calls.items():
        oracle = RandomOracle(objective="val_loss", max_steps=1, samples_per_step=2, seed=0, compare_random=False)
        tuner = SchemeTuner(supernet, oracle, directory=tmp_path, project_name=name)
        tuner.search(**data, verbose=0)
        scores.append([one.metrics["loss"] for one in tuner.evaluations()])
    assert scores[0] == scores[1] == scores[2]
    with pytest.raises(TypeError, match="epochs=….: a search trains nothing"):
        tuner.search(x, y, epochs=3)


def test_an_objective_that_is_not_compiled_is_told_before_the_first_trial(tmp_path):
    supernet, data = compiled("regression", plugged=True)
    tuner = SchemeTuner(supernet, RandomOracle(max_steps=1, seed=0), directory=tmp_path)
    with pytest.raises(ValueError, match="'accuracy' is none of what the model is compiled with: loss, mae"):
        tuner.search(data, verbose=0)
    assert tuner.evaluations() == []


@pytest.mark.usefixtures("eagerly")
def test_a_metric_of_the_users_own_direction(tmp_path):
    supernet, data = compiled("regression", plugged=True)
    supernet.compile("adam", "mse", metrics=[keras.metrics.MeanAbsoluteError(name="q")])
    objective = keras_tuner.Objective("val_q", "min")
    tuner = SchemeTuner(supernet, RandomOracle(objective=objective, max_steps=1, seed=0), directory=tmp_path)
    tuner.search(data, verbose=0)
    assert all(np.isfinite(one.metrics["val_q"]) for one in tuner.evaluations())


def test_callbacks_of_a_search_hear_of_every_trial(tmp_path):
    supernet, data = compiled("regression", plugged=True)
    heard = []
    callback = keras.callbacks.LambdaCallback()
    callback.on_test_begin = lambda logs=None: heard.append("begin")
    callback.on_test_end = heard.append
    oracle = RandomOracle(objective="val_mae", max_steps=1, samples_per_step=3, seed=0, compare_random=False)
    tuner = SchemeTuner(supernet, oracle, directory=tmp_path)
    tuner.search(*data, callbacks=[callback], verbose=0)
    assert callback.model is supernet
    assert heard[::2] == ["begin"] * len(tuner.evaluations())
    assert [logs["mae"] for logs in heard[1::2]] == [one.metrics["mae"] for one in tuner.evaluations()]


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", ["accuracy", "acc", "val_accuracy", "val_acc"])
def test_an_accuracy_of_classes_is_scored_the_fast_way_whatever_it_is_called(name):
    supernet, data = compiled("logits, classes", plugged=True)
    assert type(choose_evaluator(supernet, data, (name, "max"))) is SupernetEvaluator


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("head", FAST)
def test_a_loss_that_is_the_cross_entropy_is_scored_the_fast_way_image_by_image(head):
    supernet, data = compiled(head, plugged=True)
    shaken(supernet.body)
    evaluator = choose_evaluator(supernet, data, ("val_loss", "min"))
    assert type(evaluator) is SupernetEvaluator
    [found] = evaluator.score(SCHEMES[:1])
    truth = supernet.evaluate(*data, scheme=SCHEMES[0], return_dict=True, verbose=0)
    assert found["loss"] == pytest.approx(truth["loss"], rel=1e-4)


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    ("loss", "weights"),
    [
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), None),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), [0.5]),
        (SmoothedCrossentropy(0.2), None),
    ],
)
def test_a_loss_that_is_more_than_the_cross_entropy_is_that_of_the_task(loss, weights):
    supernet, data = compiled("logits, classes", plugged=True)
    supernet.compile("sgd", loss, loss_weights=weights, metrics=["accuracy"])
    assert type(choose_evaluator(supernet, data, ("loss", "min"))) is TaskEvaluator


@pytest.mark.usefixtures("eagerly")
def test_the_accuracy_after_label_smoothing_is_scored_the_fast_way():
    supernet, (x, y) = compiled("logits, classes", plugged=True)
    shaken(supernet.body)
    supernet.compile("sgd", SmoothedCrossentropy(0.2), metrics=["accuracy"])
    evaluator = choose_evaluator(supernet, (x, y), ("accuracy", "max"))
    assert type(evaluator) is SupernetEvaluator
    truth = supernet.evaluate(x, y, scheme=SCHEMES[0], return_dict=True, verbose=0)
    assert evaluator.score(SCHEMES[:1])[0]["accuracy"] == pytest.approx(truth["accuracy"])
