import importlib
import warnings

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from keras_ean.backbones import get
from keras_ean.cli import app
from keras_ean.supernet.network import build_network

importlib.import_module("keras_ean.cli.plug")
runner = CliRunner()


@pytest.fixture
def saved(tmp_path):
    model = build_network(get("resnet20", width=4), "se", "000 000 000", (8, 8, 1), classes=3, name="mine")
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_attachments(saved, tmp_path):
    result = runner.invoke(app, ["attachments", str(saved), "--plot", str(tmp_path / "places.svg")])
    assert result.exit_code == 0, result.output
    assert "9 places of mine, stages (3, 3, 3)" in result.output
    assert "stage_2_block_2_add" in result.output
    assert (tmp_path / "places.svg").stat().st_size > 2000


def test_plug(saved, tmp_path):
    output = tmp_path / "new" / "plugged.keras"
    options = ["--attention", "sge", "--scheme", "100 000 011", "--identity-init", "-o", str(output)]
    result = runner.invoke(app, ["plug", str(saved), *options])
    assert result.exit_code == 0, result.output
    model, plugged = map(keras.models.load_model, (saved, output))
    assert {layer.name for layer in plugged.layers} - {layer.name for layer in model.layers} == {
        "stage_0_attention",
        "stage_2_attention",
    }
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(network(x)) for network in (plugged, model)))


OWN = """
import keras


class Swish(keras.layers.Layer):
    def call(self, x):
        return x * keras.ops.sigmoid(x)
"""


@pytest.fixture
def own(tmp_path):
    """A model with a layer that only a file of its own defines, and that file."""
    (tmp_path / "my_layers.py").write_text(OWN)
    names: dict = {}
    exec(OWN, names)
    inputs = keras.Input((8, 8, 3))
    x = names["Swish"](name="own")(keras.layers.Conv2D(4, 1)(inputs))
    x = keras.layers.add([x, keras.layers.Conv2D(4, 3, padding="same")(x)])
    keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x)).save(tmp_path / "own.keras")
    yield tmp_path / "own.keras", tmp_path / "my_layers.py"
    keras.saving.get_custom_objects().pop("Swish", None)


def test_layers_of_the_users_own(own, tmp_path):
    model, layers = own
    result = runner.invoke(app, ["attachments", str(model)])
    assert isinstance(result.exception, ValueError)
    assert "class 'Swish', which Keras does not know" in str(result.exception)
    assert "--import my_layers.py" in str(result.exception)
    result = runner.invoke(app, ["attachments", str(model), "--import", str(layers)])
    assert result.exit_code == 0, result.output
    assert "1 place of" in result.output
    clash = layers.with_name("keras.py")
    layers.rename(clash)
    result = runner.invoke(app, ["attachments", str(model), "--import", str(clash)])
    assert "Another module is called 'keras'" in str(result.exception)


def test_code_in_a_file_is_asked_for(tmp_path):
    inputs = keras.Input((8, 8, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs)).save(tmp_path / "code.keras")
    result = runner.invoke(app, ["attachments", str(tmp_path / "code.keras")])
    assert "if you trust it, add --unsafe" in str(result.exception)
    result = runner.invoke(app, ["attachments", str(tmp_path / "code.keras"), "--unsafe"])
    assert "no residual additions" in str(result.exception)


def test_files_that_are_no_models(tmp_path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    (tmp_path / "lfs.keras").write_text("version https://git-lfs.github.com/spec/v1")
    for name, message in {"saved": "is a SavedModel, which holds no layers", "lfs.keras": "git lfs pull"}.items():
        result = runner.invoke(app, ["attachments", str(tmp_path / name)])
        assert isinstance(result.exception, ValueError)
        assert message in str(result.exception)
        assert len(str(result.exception).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["attachments", "missing.keras"], FileNotFoundError, "no model file 'missing.keras'"),
        (["plug", "MODEL", "-o", "plugged.h5"], ValueError, "written as a .keras file"),
        (["plug", "MODEL", "--attention", "sf", "-o", "plugged.keras"], ValueError, "Unknown attention module 'sf'"),
        (["attachments", "MODEL", "--at", "logits"], ValueError, "layer 'logits' gives"),
    ],
)
def test_errors(saved, arguments, error, message):
    result = runner.invoke(app, [str(saved) if argument == "MODEL" else argument for argument in arguments])
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
