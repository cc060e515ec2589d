"""`keras-ean improve`: models from files, functions and keras.applications, on photographs and data of functions."""

import importlib
import re
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import keras_ean as ean
from keras_ean import improving
from keras_ean.cli import app
from keras_ean.run import Run, load_config, read_json

for _commands in ("cost", "export", "fold", "improve", "plan", "plug"):
    importlib.import_module(f"keras_ean.cli.{_commands}")
runner = CliRunner()
SHORT = [
    "--no-timing",
    "--export",
    "",
    "--epochs",
    "1",
    "--seeds",
    "1",
    "--set",
    "search.options={max_steps: 1, samples_per_step: 2}",
]

MODULE = """
import keras
import numpy as np
from tests.training.heads import compiled

def make_model():
    return compiled("multi-label, F1")[0]

def make_datasets():
    model, (x, y) = compiled("multi-label, F1")
    return (x, y), (x, y), (x, y)
"""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Two classes, one brighter than the other, in three splits."""
    folder, random = tmp_path_factory.mktemp("photographs"), np.random.default_rng(0)
    for split, images in (("train", 6), ("val", 4), ("test", 4)):
        for name, low in (("cat", 0), ("dog", 100)):
            (folder / split / name).mkdir(parents=True)
            for number in range(images):
                pixels = random.integers(low, low + 150, (12, 10, 3), "uint8")
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
    return folder


def small(classes=2, scaled=True):
    image = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(image) if scaled else image
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    x = keras.layers.Add()([x, keras.layers.Conv2D(4, 3, padding="same")(x)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(classes, "softmax", name="kind")(x), name="small")


def run(*arguments):
    return runner.invoke(app, ["improve", *SHORT, *map(str, arguments)])


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("model.keras", "model"),
        ("keras.applications:MobileNetV2", "MobileNetV2"),
        ("my_module:make_model", "make_model"),
    ],
)
def test_a_run_without_a_folder_has_one_by_the_models_name(model, folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("model.keras").touch()
    Path("my_module.py").touch()
    asked = []

    def improved(config, modules, place, *_, **__):
        asked.append(([module.name for module in modules], place))
        assert config.export == load_config(None, ["export=[saved_model]"]).export  # As of a run with a backbone.

    monkeypatch.setattr(improving, "improved", improved)
    result = runner.invoke(app, ["improve", model, "--data", "my_module:make_datasets"])
    assert asked == [(["se"], Path("runs") / folder)]
    assert f"The run is kept in {Path('runs') / folder}." in result.output


def test_without_a_model_a_backbone_is_trained_from_nothing(monkeypatch, tmp_path):
    asked = []
    module = importlib.import_module("keras_ean.cli.improve")
    monkeypatch.setattr(module, "run", lambda *given, timing: asked.append(given))
    options = ["--attention", "eca", "--max-latency", "+5%", "--fold", "--export", "litert", "--set", "data.size=8"]
    result = runner.invoke(app, ["improve", "--data", str(tmp_path), *options])
    assert result.exit_code == 0, result.output
    assert f"keras-ean run {tmp_path}" in result.output
    [(source, out, overrides, minutes, _, seeds)] = asked
    assert (source, out, minutes, seeds) == (tmp_path, None, None, 3)
    assert set(overrides) == {
        "attention=eca",
        "max_latency=+5%",
        "compare=[shared_folded, found_folded]",
        "export=[litert]",
        "data.size=8",
    }
    for options, message in ((["--loss", "mse"], "--loss tells"), (["--attention", "se,eca"], "one module")):
        result = runner.invoke(app, ["improve", "--data", str(tmp_path), *options])
        assert message in str(result.exception)


@pytest.mark.usefixtures("eagerly", "timed_briefly", "read_back_here", "sketched")
def test_a_compiled_file_on_photographs(photographs, tmp_path):
    model = small()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])  # Never fitted: its optimizer has no state.
    model.save(tmp_path / "small.keras")
    command = tmp_path / "small.keras", "--data", photographs, "--attention", "eca,simam", "--out", tmp_path / "run"
    result = run(*command, "--max-latency", "+95%", "--export", "keras")
    assert result.exit_code == 0, result.output
    assert "Attention pays:" in result.output
    assert "train 12, validation 8, test 8" in result.output
    assert result.output.index("Module 1 of 2: eca.") < result.output.index("Module 2 of 2: simam.")
    assert f"report       {tmp_path / 'run' / 'report.html'}" in result.output
    for module in ("eca", "simam"):
        assert (tmp_path / "run" / module / "verdict.json").is_file()
        assert read_json(tmp_path / "run" / module / "images.json")["class_names"] == ["cat", "dog"]
    (tmp_path / "small.keras").unlink()
    again = run(*command, "--max-latency", "+95%", "--export", "keras")
    assert again.exit_code == 0, again.output
    exported = keras.models.load_model(next((tmp_path / "run").glob("*/exports/keras.keras")), compile=False)
    assert exported.output_shape == (None, 2)


@pytest.mark.usefixtures("eagerly", "timed_briefly")
@pytest.mark.filterwarnings("ignore:.* are in both")
def test_a_function_of_the_users_for_model_and_data(tmp_path, monkeypatch):
    """Its figures drawn as users have it; the other tests take a shorter way."""
    (tmp_path / "my_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_module", raising=False)  # that of the pages
    result = run(
        "my_module:make_model", "--data", "my_module:make_datasets", "--out", tmp_path / "run", "--objective", "f1"
    )
    assert result.exit_code == 0, result.output
    assert "top-1" not in result.output
    assert result.output.count("Recommended: ") == 1


def test_what_is_not_there_is_told_with_all_other_faults(tmp_path):
    result = run("nowhere.keras", "--data", tmp_path / "photoz", "--attention", "see", "--weights", "no.weights.h5")
    lines = [line.strip().partition(": ")[0] for line in str(result.exception).splitlines()[1:]]
    assert lines == ["model", "data", "attention"]
    result = run("keras.applications:MobilNetV2", "--data", tmp_path, "--import", "no_layers.py", "--attention", "see")
    assert "Did you mean 'MobileNetV2'" in str(result.exception)


def test_photographs_of_other_classes_than_the_models_are_refused_before_anything_is_trained(photographs, tmp_path):
    model = small(classes=4)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "four.keras")
    result = run(tmp_path / "four.keras", "--data", photographs, "--out", tmp_path / "run")
    assert "photographs of 2 classes, cat, dog, but the model knows 4" in str(result.exception)
    assert not (tmp_path / "run" / "supernet.keras").exists()


def test_attention_goes_after_the_layers_that_are_named(photographs, tmp_path):
    model = small()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "small.keras")
    result = run(tmp_path / "small.keras", "--data", photographs, "--out", tmp_path / "run", "--at", "convolution")
    assert "'convolution'" in str(result.exception)
    assert not (tmp_path / "run" / "supernet.keras").exists()


def test_init_writes_what_a_run_of_the_model_takes(photographs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = small()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save("small.keras")
    result = runner.invoke(app, ["init", "small.keras", "--data", str(photographs)])
    assert result.exit_code == 0, result.exception
    assert "supernet   " in result.output
    assert result.output.endswith("then: keras-ean run small.yaml\n")
    text = (tmp_path / "small.yaml").read_text()
    assert "# attention may go into 1 block; networks are compared by the accuracy\nmodel: " in text
    config = load_config("small.yaml")
    assert (config.model.name, config.model.objective) == (str(tmp_path / "small.keras"), "accuracy")
    assert (config.data.name, config.tune.epochs, config.repeats) == (str(photographs), 3, 3)
    result = runner.invoke(app, ["init", "small.keras", "-o", "other.yaml"])
    assert "--data photos/" in str(result.exception)
    result = runner.invoke(app, ["init", "my_module:make", "--data", str(photographs)])
    assert isinstance(result.exception, ImportError)
    assert not (tmp_path / "other.yaml").exists()


def test_init_takes_the_layers_that_the_refusal_of_a_plain_model_asks_for(photographs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = [keras.layers.Conv2D(4, 3, name="a"), keras.layers.Conv2D(4, 3, name="b")]
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers, *head])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save("plain.keras")
    command = ["init", "plain.keras", "--data", str(photographs), "--pixels", "0..1", "--no-timing"]
    refusal = str(runner.invoke(app, command).exception)
    assert "--at once for each, or model.at in a configuration" in refusal
    result = runner.invoke(app, [*command, "--at", "a", "--at", "b"])
    assert result.exit_code == 0, result.output
    assert "attention may go into 2 blocks" in Path("plain.yaml").read_text()
    assert load_config("plain.yaml").model.at == ("a", "b")


@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
def test_of_a_model_without_inputs_every_command_says_the_same(photographs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.Dense(2)], name="unbuilt").save("unbuilt.keras")
    data, said = ["--data", str(photographs)], set()
    for command, *options in (
        ["attachments"],
        ["cost"],
        ["gates"],
        ["plug", "-o", "plugged.keras"],
        ["improve", *data, "--at", "conv2d", "--pixels", "0..1"],
        ["init", *data, "--pixels", "0..1"],
        ["init", *data],
        ["export"],
        ["export", *data],
    ):
        result = runner.invoke(app, [command, "unbuilt.keras", *options])
        assert isinstance(result.exception, ValueError), (command, result.exception)
        said.add(str(result.exception))
    assert len(said) == 1, said
    assert re.search(r"'unbuilt' \(Sequential\) is .* not built\..*keras.Input", said.pop())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["unbuilt.keras"]


@pytest.fixture
def own(tmp_path):
    """The file of a model with a layer of the user's own and a Lambda layer, and the file that defines the layer."""
    layers, names = tmp_path / "my_own_layers.py", {}
    layers.write_text("import keras\n\nclass Half(keras.layers.Layer):\n    def call(self, x):\n        return x / 2\n")
    exec(layers.read_text(), names)
    plain = small()
    body = keras.Model(plain.input, keras.layers.Lambda(lambda x: x * 4)(names["Half"](name="own")(plain.output)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body.save(tmp_path / "own.keras")
    yield tmp_path / "own.keras", layers
    keras.saving.get_custom_objects().pop("Half", None)


@pytest.mark.usefixtures("eagerly", "timed_briefly", "sketched")
@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_what_a_model_needs_is_asked_for_by_option(own, photographs, tmp_path):
    """Its own layers, code in its file, a loss; and the networks that are made of it are read back."""
    command = [own[0], "--data", photographs, "--out", tmp_path / "run", "--attention", "simam"]
    for message, options in (
        ("with --import my_layers.py", ["--import", own[1]]),
        ("add --unsafe", ["--unsafe"]),
        ("--loss", ["--loss", "sparse_categorical_crossentropy", "--metrics", "accuracy"]),
    ):
        assert message in str(run(*command).exception)
        command += options
    result = run(*command)
    assert result.exit_code == 0, result.output
    keras.saving.get_custom_objects().pop("Half")
    assert Run(tmp_path / "run").network("found").trained().get_layer("own").call(4) == 2


def test_the_public_name():
    assert ean.improve.__module__ == "keras_ean.improving"
