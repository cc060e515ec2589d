"""What a search and a training tell: read back by TensorBoard's own loader, and as a tracker is told it."""

import io

import keras
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams import metadata

from keras_ean.scheme import Scheme
from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner
from keras_ean.search.host.told import OFF, ON, SIDE, picture
from keras_ean.tracking import Epochs, Guarded, TensorBoard, Tracker, Trackers


class Density(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": scheme.density} for scheme in schemes]


class Recorder(Tracker):
    """Keeps what it is told."""

    def __init__(self):
        self.told, self.images, self.trials = [], [], []

    def scalars(self, part, step, values):
        self.told.append((part, step, dict(values)))

    def image(self, part, step, name, pixels):
        self.images.append((part, step, name, pixels.shape))

    def trial(self, part, number, parameters, results):
        self.trials.append((part, number, dict(parameters), dict(results)))


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """The folder of the logs, the oracle, and a tracker that was told the same."""
    folder, recorder = tmp_path_factory.mktemp("search"), Recorder()
    oracle = ReinforceOracle((2, 2), max_steps=4, seed=0)
    options = {"evaluator": Density(), "directory": folder, "logs": folder / "logs", "tracker": recorder}
    SchemeTuner(None, oracle, **options).search(verbose=0)
    return folder, oracle, recorder


def events(folder):
    [file] = folder.iterdir()
    return [event for event in EventFileLoader(str(file)).Load() if event.HasField("summary")]


def test_rewards_by_part_and_probabilities_are_logged_every_step(searched):
    folder, oracle, _ = searched
    *steps, last = events(folder / "logs" / "search")
    assert [event.step for event in steps] == [0, 1, 2, 3]
    values = {value.tag: value.tensor.float_val[0] for value in steps[0].summary.value}
    assert len(values) == len(steps[0].summary.value)
    assert {"search/entropy", "probability/block_0", "probability/block_3"} <= set(values)
    scored = [one for one in oracle.evaluations() if one.step == 0]
    assert len(oracle.evaluations()) < 4 * len(scored)  # Some are drawn again.
    assert values["reward/objective"] == pytest.approx(np.mean([one.metrics["accuracy"] for one in scored]))
    assert values["reward/total"] == pytest.approx(np.mean([one.reward for one in scored]))
    assert values["reward/sparsity"] == pytest.approx(np.mean([one.parts["sparsity"] for one in scored]))
    [image] = last.summary.value
    encoded = image.tensor.string_val[2]
    assert Image.open(io.BytesIO(encoded)).size == (4 * SIDE, len(oracle.evaluations()) * SIDE)


def test_every_trial_has_its_hyperparameters(searched):
    folder, oracle, _ = searched
    first = oracle.evaluations()[0]
    trials = sorted((folder / "logs-trials" / "search").iterdir())
    assert len(trials) == len(oracle.evaluations())
    [event] = events(trials[0])
    described, *results = event.summary.value
    session = metadata.parse_session_start_info_plugin_data(described.metadata.plugin_data.content)
    assert [session.hparams[f"block_{block}"].bool_value for block in range(4)] == [bool(bit) for bit in first.bits]
    assert {value.tag: value.tensor.float_val[0] for value in results} == pytest.approx(
        {"accuracy": first.metrics["accuracy"], "reward": first.reward}
    )


def test_a_tracker_is_told_the_same_once(searched):
    folder, oracle, recorder = searched
    logged = [
        {v.tag: v.tensor.float_val[0] for v in event.summary.value} for event in events(folder / "logs/search")[:-1]
    ]
    assert [(part, step) for part, step, _ in recorder.told] == [("search", step) for step in range(4)]
    for (_, _, told), log in zip(recorder.told, logged, strict=True):
        assert told == pytest.approx(log, abs=1e-6)
    assert [number for _, number, *_ in recorder.trials] == [int(one.trial) for one in oracle.evaluations()]
    assert [name for _, _, name, _ in recorder.images] == ["schemes, best on top"]


def test_a_search_that_has_ended_tells_nothing_more(searched):
    folder, _, recorder = searched
    before = len(recorder.told), len(recorder.trials), len(recorder.images)
    options = {"evaluator": Density(), "directory": folder, "tracker": recorder}
    SchemeTuner(None, ReinforceOracle((2, 2), max_steps=4, seed=0), **options).search(verbose=0)
    assert (len(recorder.told), len(recorder.trials), len(recorder.images)) == before


@pytest.mark.backends
def test_losses_are_told_on_every_backend(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae"])
    x = np.ones((4, 2), "float32")
    recorder = Recorder()
    callback = Epochs(Trackers([recorder, TensorBoard(tmp_path)]), "mine")
    history = model.fit(x, x[:, :1], validation_split=0.5, epochs=2, callbacks=[callback], verbose=0).history
    assert [(part, step) for part, step, _ in recorder.told] == [("mine", 0), ("mine", 1)]
    values = recorder.told[1][2]
    assert values == {
        "training/loss": history["loss"][1],
        "training/mae": history["mae"][1],
        "training/learning_rate": 0.5,
        "validation/loss": history["val_loss"][1],
        "validation/mae": history["val_mae"][1],
    }
    logged = events(tmp_path / "mine")[1].summary.value
    assert {value.tag: value.tensor.float_val[0] for value in logged} == pytest.approx(values)


def test_schemes_as_a_picture():
    pixels = picture(np.array([Scheme("10").bits, Scheme("11").bits]))
    assert pixels.shape == (2 * SIDE, 2 * SIDE, 3)
    assert [tuple(pixels[row, column].tolist()) for row, column in ((0, 0), (0, SIDE), (SIDE, SIDE))] == [ON, OFF, ON]


def test_a_tracker_that_fails_ends_no_run():
    class Gone(Tracker):
        asked = 0

        def scalars(self, part, step, values):
            self.asked += 1
            raise ConnectionError("no route to the server")

    gone, other = Gone(), Recorder()
    both = Trackers([Guarded(gone), other])
    with pytest.warns(RuntimeWarning, match=r"Gone has failed in scalars, .* ConnectionError: no route to the server"):
        both.scalars("supernet", 0, {"training/loss": 2.0})
    both.scalars("supernet", 1, {"training/loss": 1.0})
    both.image("search", 1, "schemes", np.zeros((1, 1, 3), "uint8"))
    assert gone.asked == 1
    assert [step for _, step, _ in other.told] == [0, 1]
