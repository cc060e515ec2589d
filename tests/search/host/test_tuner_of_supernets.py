"""The tuner end to end on small supernets."""

import keras
import keras_tuner
import numpy as np
import pytest

from keras_ean import build_supernet
from keras_ean.search import ReinforceOracle, SchemeTuner
from tests.small_backbone import Small

pytestmark = pytest.mark.usefixtures("eagerly")  # tests/search/evaluators has what scores them traced.


def built(seed=0):
    keras.utils.set_random_seed(seed)
    return build_supernet(Small((1, 1, 1)), "se", (8, 8, 1), classes=10, seed=seed)


@pytest.fixture(scope="module")
def supernet():
    """Nothing here changes it, which is a test as well."""
    return built()


def test_searches_a_supernet_and_leaves_it_as_it_was(supernet, images, tmp_path):
    before = [np.array(weight) for weight in supernet.weights]
    tuner = SchemeTuner(supernet, ReinforceOracle(max_steps=3, seed=0), directory=tmp_path)
    tuner.search(images, verbose=0)
    for weight, kept in zip(supernet.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(weight), kept)
    [best] = tuner.get_best_models()
    trial = tuner.oracle.get_best_trials()[0]
    hits = np.argmax(keras.ops.convert_to_numpy(best(images[0])), -1) == images[1]
    assert hits.mean() == pytest.approx(trial.metrics.get_best_value("accuracy"), abs=1e-6)
    assert best.count_params() <= supernet.count_params()
    again = SchemeTuner(supernet, ReinforceOracle(max_steps=3, seed=0), directory=tmp_path)
    with pytest.raises(ValueError, match=r"calibration was None and is now '\w+'; the validation images have"):
        SchemeTuner(supernet, ReinforceOracle(max_steps=3, seed=0), directory=tmp_path, calibration=images[0]).search(
            (images[0], 9 - images[1])
        )
    again.search(images, verbose=0)


def test_how_many_schemes_a_pass_has_may_change(supernet, images, tmp_path):
    def search(name, schemes_per_pass):
        oracle = ReinforceOracle(max_steps=2, samples_per_step=4, seed=0)
        tuner = SchemeTuner(supernet, oracle, directory=tmp_path, project_name=name, schemes_per_pass=schemes_per_pass)
        tuner.search(images, verbose=0)
        return {one.scheme: one.metrics for one in tuner.evaluations()}

    alone = search("one", 1)
    assert search("one", 4) == alone
    for scheme, metrics in search("four", 4).items():
        assert metrics == pytest.approx(alone[scheme], rel=1e-4)


def test_the_best_model_is_the_network_that_was_scored(supernet, images, tmp_path):
    oracle = ReinforceOracle(max_steps=1, samples_per_step=2, seed=0, objective=keras_tuner.Objective("loss", "min"))
    tuner = SchemeTuner(supernet, oracle, directory=tmp_path, calibration=images[0] + 1, batch_size=12)
    tuner.search(images, verbose=0)
    [best] = tuner.get_best_models()
    best.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    found = best.evaluate(*images, verbose=0)
    assert found == pytest.approx(tuner.oracle.get_best_trials()[0].metrics.get_best_value("loss"), rel=1e-4)


def test_another_supernet_is_refused(supernet, images, tmp_path):
    SchemeTuner(supernet, ReinforceOracle(max_steps=1, seed=0), directory=tmp_path).search(images, verbose=0)
    with pytest.raises(ValueError, match="the supernet is another"):
        SchemeTuner(built(seed=1), ReinforceOracle(max_steps=1, seed=0), directory=tmp_path)


def test_the_same_tuner_may_search_with_other_data_until_something_was_scored(supernet, images, tmp_path):
    tuner = SchemeTuner(supernet, ReinforceOracle(max_steps=1, seed=0), directory=tmp_path)
    with pytest.raises(ValueError, match="images of 8×8×3, but the supernet takes 8×8×1"):
        tuner.search((np.zeros((32, 8, 8, 3)), images[1]), verbose=0)
    tuner.search(images, verbose=0)
    assert tuner.evaluations()
    with pytest.raises(ValueError, match="validation images have changed"):
        tuner.search((images[0], 9 - images[1]), verbose=0)
