"""Keras Tuner's own tuners over schemes, with a training per trial."""

import keras_tuner
import pytest

import keras_ean as ean
from keras_ean.search import SchemeHyperModel


@pytest.fixture
def hypermodel():
    return SchemeHyperModel(ean.backbones.get("resnet8", width=4), "se", (8, 8, 1), classes=10)


# Keras Tuner's lock asks for the thread's name in the way of Python 2.
@pytest.mark.filterwarnings(r"ignore:(currentThread|getName)\(\) is deprecated:DeprecationWarning")
def test_random_search_trains_the_network_of_each_scheme(hypermodel, images, tmp_path):
    tuner = keras_tuner.RandomSearch(hypermodel, "val_accuracy", max_trials=2, directory=tmp_path, seed=0)
    tuner.search(*images, validation_data=images, epochs=1, verbose=0)
    [best] = tuner.get_best_hyperparameters()
    scheme = hypermodel.scheme(best)
    expected = ean.build_network(ean.backbones.get("resnet8", width=4), "se", scheme, (8, 8, 1), 10)
    assert hypermodel.build(best).count_params() == expected.count_params()


def test_hyperband_runs_too(hypermodel, images, tmp_path):
    tuner = keras_tuner.Hyperband(hypermodel, "val_accuracy", max_epochs=2, factor=2, directory=tmp_path, seed=0)
    assert [parameter.name for parameter in tuner.oracle.hyperparameters.space] == ["block_0", "block_1", "block_2"]
