"""Keras Tuner's own tuners over schemes, with a training per trial."""

import keras
import keras_tuner
import numpy as np
import pytest

import keras_ean as ean
from keras_ean.plugging import IdentityStart
from keras_ean.search import SchemeHyperModel
from tests.small_backbone import Small
from tests.training.heads import compiled

pytestmark = [
    # Keras Tuner's lock asks for the thread's name in the way of Python 2.
    pytest.mark.filterwarnings(r"ignore:(currentThread|getName)\(\) is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("eagerly"),
]

TUNERS = {
    "RandomSearch": {"max_trials": 2},
    "BayesianOptimization": {"max_trials": 2, "num_initial_points": 1},
    "Hyperband": {"max_epochs": 2, "factor": 2},
}
BACKBONE = Small((1, 1))


class WithRate(SchemeHyperModel):
    """Searches for the learning rate and the size of the batches too."""

    def compile(self, network, hp):
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        network.compile(keras.optimizers.SGD(rate), self.loss, metrics=["accuracy"])

    def fit(self, hp, model, *args, **kwargs):
        return super().fit(hp, model, *args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)


def searched(name, hypermodel, images, folder):
    """A tuner after its search, in which every trial came to its end."""
    tuner = getattr(keras_tuner, name)(hypermodel, "val_accuracy", directory=folder, seed=0, **TUNERS[name])
    tuner.search(*images, validation_data=images, epochs=1, verbose=0)
    trials = tuner.oracle.trials.values()
    assert {trial.status for trial in trials} == {"COMPLETED"}
    assert len(trials) == TUNERS[name].get("max_trials", 5)  # Hyperband's brackets of 2 epochs: 3 trials, and 2.
    possible = {hits / 32 for hits in range(33)}
    assert {round(trial.score, 5) for trial in trials} <= possible
    return tuner


def test_every_trial_trains_the_network_of_its_scheme(images, tmp_path):
    hypermodel = SchemeHyperModel(BACKBONE, "se", (8, 8, 1), classes=10)
    tuner = searched("RandomSearch", hypermodel, images, tmp_path)
    names = {"block_0", "block_1"}
    assert {parameter.name for parameter in tuner.oracle.hyperparameters.space} == names
    [best] = tuner.get_best_hyperparameters()
    network = ean.build_network(BACKBONE, "se", hypermodel.scheme(best), (8, 8, 1), 10)
    [model] = tuner.get_best_models()
    assert model.count_params() == network.count_params()
    accuracy = model.evaluate(*images, verbose=0, return_dict=True)["accuracy"]
    assert accuracy == pytest.approx(tuner.oracle.get_best_trials()[0].score, abs=1e-5)


@pytest.mark.parametrize("name", ["BayesianOptimization", "Hyperband"])
def test_a_subclass_searches_for_more_than_the_scheme(name, images, tmp_path):
    hypermodel = WithRate(BACKBONE, "se", (8, 8, 1), classes=10)
    tuner = searched(name, hypermodel, images, tmp_path)
    names = {"block_0", "block_1", "rate", "batch_size"}
    assert {parameter.name for parameter in tuner.oracle.hyperparameters.space} == names
    [best] = tuner.get_best_hyperparameters()
    assert hypermodel.scheme(best).stages == (1, 1)
    assert float(hypermodel.build(best).optimizer.learning_rate) == np.float32(best.get("rate"))


def test_a_trained_model_with_its_own_loss_is_searched_from_its_weights(tmp_path):
    model, data = compiled("one sigmoid, AUC")
    hypermodel = SchemeHyperModel(model, IdentityStart(ean.attention.get("se")))
    parameters = keras_tuner.HyperParameters()
    before = model.evaluate(*data, verbose=0, return_dict=True)
    network = hypermodel.build(parameters)
    assert network.evaluate(*data, verbose=0, return_dict=True) == pytest.approx(before, abs=1e-5)
    assert isinstance(network.optimizer, keras.optimizers.Adam)
    objective = keras_tuner.Objective("val_auc", "max")
    tuner = keras_tuner.RandomSearch(hypermodel, objective, max_trials=2, directory=tmp_path, seed=0)
    tuner.search(*data, validation_data=data, epochs=1, verbose=0)
    assert {trial.status for trial in tuner.oracle.trials.values()} == {"COMPLETED"}
    assert {parameter.name for parameter in tuner.oracle.hyperparameters.space} == {"block_0", "block_1"}


def test_a_backbone_needs_a_shape_and_classes():
    with pytest.raises(ValueError, match="input_shape="):
        SchemeHyperModel("resnet20", "se")


def test_the_metrics_and_the_loss_are_those_that_were_given(images):
    hypermodel = SchemeHyperModel(
        BACKBONE, "se", (8, 8, 1), 10, optimizer=keras.optimizers.Adam, loss="mse", metrics=["mae"]
    )
    network = hypermodel.build(keras_tuner.HyperParameters())
    assert isinstance(network.optimizer, keras.optimizers.Adam)
    target = np.zeros((32, 10))
    outputs = network.predict(images[0], verbose=0)
    found = network.evaluate(images[0], target, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(np.square(outputs).mean(), rel=1e-4)
    assert found["mae"] == pytest.approx(np.abs(outputs).mean(), rel=1e-4)


def test_the_loss_is_the_cross_entropy_of_logits_where_none_is_given(images):
    network = SchemeHyperModel(BACKBONE, "se", (8, 8, 1), 10).build(keras_tuner.HyperParameters())
    logits = network.predict(images[0], verbose=0)
    expected = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(32), images[1]]).mean()
    assert network.evaluate(*images, verbose=0, return_dict=True)["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("options", "expected"), [({}, "1 1"), ({"default": True}, "1 1"), ({"default": False}, "0 0")]
)
def test_the_first_trial_connects_every_block_unless_it_is_said_otherwise(options, expected):
    hypermodel, parameters = SchemeHyperModel(BACKBONE, "se", (8, 8, 1), 10, **options), keras_tuner.HyperParameters()
    assert hypermodel.scheme(parameters) == ean.Scheme(expected)
    assert parameters.values == {f"block_{block}": expected == "1 1" for block in range(2)}
    parameters.values["block_1"] = expected == "0 0"
    assert hypermodel.scheme(parameters) == ean.Scheme("1 0" if expected == "1 1" else "0 1")
