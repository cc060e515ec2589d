import keras
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import keras_ean as ean
from keras_ean.cli import app
from keras_ean.cli.fold import tuning
from tests.small_backbone import Small

runner = CliRunner()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model of two classes, and images of two classes in folders."""
    folder = tmp_path_factory.mktemp("fold")
    ean.build_network(Small((1,)), "se", "1", (8, 8, 1), 2, name="mine").save(folder / "model.keras")
    generator = np.random.default_rng(0)
    for label in "ab":
        (folder / "images" / label).mkdir(parents=True)
        for index in range(20):
            pixels = generator.integers(0, 256, (8, 8), dtype="uint8")
            Image.fromarray(pixels).save(folder / "images" / label / f"{index}.png")
    return folder


def test_gates(saved):
    result = runner.invoke(app, ["gates", str(saved / "model.keras")])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[2].split() == ["stage_0_attention", "SE", "stage_0_block_0_norm", "8×8×4"]


def test_fold(saved):
    options = ["--data", str(saved / "images"), "--tolerance", "100", "--pixels", "0..255", "--rounds", "0"]
    result = runner.invoke(app, ["fold", str(saved / "model.keras"), *options, "--calibrate", "8"])
    assert result.exit_code == 0, result.output
    assert "1 of 1 gates folded" in result.output
    assert "On the test images: " in result.output
    folded = keras.models.load_model(saved / "model-folded.keras")
    assert not [layer.name for layer in folded.layers if "attention" in layer.name]
    # BatchNorm saw pixels of 0 to 255.
    assert np.abs(folded.get_layer("stem_norm").moving_mean).max() > 5


def test_fine_tuning_with_gates_folded(saved, tmp_path):
    network = keras.models.load_model(saved / "model.keras", compile=False)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.SGD(0.3), loss, metrics=["accuracy"])
    network.save(tmp_path / "compiled.keras")
    output, data = tmp_path / "new" / "folded.keras", ["--data", str(saved / "images"), "--pixels", "normalized"]
    result = runner.invoke(
        app, ["fold", str(tmp_path / "compiled.keras"), *data, "--tolerance", "0", "--epochs", "1", "-o", str(output)]
    )
    assert result.exit_code == 0, result.output
    assert "of 1 gates folded" in result.output
    tuned = keras.models.load_model(tmp_path / "compiled.keras", compile=False)
    tuning(network, (np.ones((4, 8, 8, 1)), np.array([0, 1, 1, 1])), 1)(tuned)
    assert float(tuned.optimizer.learning_rate) == pytest.approx(0.1)
    assert np.abs(tuned.layers[-1].bias - network.layers[-1].bias).max() > 0


def test_a_model_of_several_outputs_is_left_to_python(saved, tmp_path):
    network = keras.models.load_model(saved / "model.keras", compile=False)
    keras.Model(network.input, [network.output, network.output]).save(tmp_path / "two.keras")
    result = runner.invoke(app, ["fold", str(tmp_path / "two.keras"), "--data", str(saved / "images")])
    assert isinstance(result.exception, ValueError)
    assert "1 inputs and 2 outputs: in Python, ean.fold takes a metric=" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "folded.keras", "--epochs", "1", "--pixels", "0..1"], "no loss to be trained by"),
        (["-o", "folded.keras"], "say what it was trained on, with model.pixels or --pixels: 0..255, "),
        (["-o", "folded.h5"], "written as a .keras file"),
        (
            ["-o", "folded.keras", "--data", "digits", "--pixels", "0..1"],
            "10 classes, and the model 2 outputs: give --own-classes",
        ),
        (
            ["-o", "folded.keras", "--data", "cue", "--pixels", "0..1"],
            "cue has images of 12×56×3, of no other size, but the model takes 8×8×1",
        ),
    ],
)
def test_errors(saved, arguments, message):
    result = runner.invoke(app, ["fold", str(saved / "model.keras"), "--data", str(saved / "images"), *arguments])
    assert isinstance(result.exception, ValueError)
    assert message in str(result.exception)
