"""A trained model, its images, one call: from the fine-tuned supernet to the network that is recommended."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import yaml

import keras_ean as ean
from keras_ean import improving
from keras_ean.data.examples import Examples
from keras_ean.folding.reestimation import reestimate
from keras_ean.improving import Improvement, with_class_weights
from keras_ean.run import Run, read_json
from keras_ean.run.architecture import calibration_rows
from keras_ean.training import OutOfTime
from tests import shortcuts
from tests.run.report.reading import read_page
from tests.training.heads import HEADS, compiled

SEARCH = {"options": {"max_steps": 2, "samples_per_step": 2}, "calibrate": 16}
SMALL = {"epochs": 1, "seeds": 1, "batch_size": 12, "search": SEARCH, "verbose": False}

# Keras's mean IoU counts in int64, which JAX says it does not have; and one set of images serves as all three here.
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64", "ignore:.* are in both")


def improved(folder, name="one sigmoid, AUC", **options):
    model, (x, y) = compiled(name)
    parts = dict.fromkeys(("train", "validation", "test"), (x, y))
    return model, ean.improve(model, **parts, folder=folder, **{"attention": "eca", **SMALL, **options})


@pytest.fixture(scope="module", autouse=True)
def _in_short():
    """tests/test_improving_everywhere.py has steps traced, and a test of tests/cli/test_improve.py figures drawn."""
    with shortcuts.eagerly(), shortcuts.timed_briefly(), shortcuts.sketched():
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("improved") / "whole"
    model, (x, y) = compiled("one sigmoid, AUC")
    frozen = [layer for layer in model.layers if layer.name in ("stem", "norm0")]
    for layer in frozen:
        layer.trainable = False
    model.compile(model.optimizer, model.loss, metrics=[keras.metrics.AUC(20, name="auc")])
    before = [np.array(weight) for weight in model.get_weights()]
    parts = dict.fromkeys(("train", "validation", "test"), (x, y))
    result = ean.improve(model, **parts, folder=folder, attention="eca", objective="val_auc", **SMALL)
    return model, before, result, parts


def test_the_model_itself_stays_as_it_is(whole):
    model, before, _, _ = whole
    for weight, value in zip(model.get_weights(), before):
        np.testing.assert_array_equal(weight, value)


def test_what_is_frozen_stays_frozen_in_every_network(whole):
    model, _, result, _ = whole
    for name in ("plain", "shared", "found"):
        network = result.run.network(name).trained()
        for layer in ("stem", "norm0"):
            for weight, value in zip(network.get_layer(layer).get_weights(), model.get_layer(layer).get_weights()):
                np.testing.assert_array_equal(weight, value)
        moved = network.get_layer("conv0").get_weights()[0] - model.get_layer("conv0").get_weights()[0]
        assert np.abs(moved).max() > 0


def test_reported_scores_are_those_of_the_kept_networks(whole):
    _, _, result, parts = whole
    for name in ("plain", "shared", "found", "random"):
        network, facts = result.run.network(name).trained(), result.run.figures(name)
        truth = network.evaluate(*parts["test"], return_dict=True, verbose=0)
        assert facts["accuracy"] == pytest.approx(float(truth["auc"]), abs=1e-5)
        assert result.run.network(name).answers().mean() == pytest.approx(facts["accuracy"], abs=1e-5)


def test_the_baseline_has_the_batchnorm_statistics_of_its_weights_like_all_networks(whole):
    _, _, result, _ = whole
    baseline = keras.saving.load_model(result.run.folder.path / "baseline.keras", compile=False)
    statistics = [np.array(value) for value in baseline.get_layer("norm1").non_trainable_variables]
    reestimate(baseline, result.run.data.train.inputs[calibration_rows(result.run.config, 23)])
    for value, expected in zip(statistics, baseline.get_layer("norm1").non_trainable_variables, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_every_network_has_seen_as_many_images(whole):
    _, _, result, _ = whole
    seen = {
        (facts["images_seen"], facts["supernet_images_seen"]) for facts in map(result.run.figures, ("plain", "found"))
    }
    assert seen == {(23, 46)}


def test_what_is_scored_is_what_is_extracted(whole):
    _, _, result, parts = whole
    run = result.run
    [evaluation, *_] = run.tuner().evaluations()
    network = run.context.architecture.extracted(run.pretrain(), evaluation.scheme, True, "extracted")
    run.context.architecture.task.compile(network)
    truth = network.evaluate(*parts["validation"], return_dict=True, verbose=0)
    assert evaluation.metrics["auc"] == pytest.approx(float(truth["auc"]), abs=1e-5)
    assert evaluation.reward == pytest.approx(evaluation.metrics["auc"])


def test_it_prints_a_table_and_names_the_places(whole):
    _, _, result, _ = whole
    text = str(result)
    for part in ("no attention", "everywhere", "random", "found", "auc %", "Attention pays:", "recommended"):
        assert part in text
    assert [place.name for place in result.places] == ["add0", "add1"]
    assert all(place.effect.low <= place.effect.effect <= place.effect.high for place in result.places)
    head, _, *lines, note = str(result.places).splitlines()
    assert f"least squares of the scores of {len(result.run.tuner().evaluations())} schemes" in note
    assert head.split("  ")[0] == "place"
    for place, line in zip(result.places, lines, strict=True):
        name, connected, *_ = line.split()
        assert (name, connected) == (place.name, "yes" if place.connected else "no")
        assert f"{100 * place.effect.effect:+.1f}" in line or f"{place.effect.effect:+.1f}" in line
    reader = read_page(result.run.folder.report / "report.html")
    assert result.run.verdict().sentence() in reader.text
    assert "times what fine-tuning the model without attention for 1 epoch costs" in reader.text
    assert "Blocks are numbered in the order in which they run: 0 is add0, 1 is add1." in reader.text
    assert "Auc against cost" in reader.text
    assert "on the given images, and in which of the 2 blocks" in reader.text
    assert not {"rank", "predict"} & {words.split()[0] for words in reader.text.split("keras-ean ")[1:]}


def test_the_model_that_it_leads_to_and_what_it_reaches_as_it_was_given(whole):
    model, _, result, parts = whole
    plain = result.verdict.recommended == "plain"
    assert (result.model is model) == plain == ("The model itself stays as it was given" in str(result))
    assert set(result.model.evaluate(*parts["test"], return_dict=True, verbose=0)) == {"loss", "auc"}
    reached = model.evaluate(*parts["test"], return_dict=True, verbose=0)["auc"]
    left = Improvement(result.modules)
    vars(left)["verdict"] = SimpleNamespace(recommended="plain", module=result.verdict.module)
    assert f"as it was given, which reaches {100 * reached:.1f} % on the test images" in left.closing()[-1]


def test_the_same_call_goes_on_and_ends_the_same(whole, tmp_path):
    _, _, truth, parts = whole
    model, pieces = whole[0], 0
    while True:
        try:
            result = ean.improve(
                model, **parts, folder=tmp_path / "pieces", attention="eca", objective="val_auc", minutes=1e-9, **SMALL
            )
            break
        except OutOfTime:
            pieces += 1
            assert pieces < 40
    assert pieces > 8
    for name in ("plain", "found", "shared"):
        facts, wanted = (one.run.figures(name) for one in (result, truth))
        assert {**facts, "seconds": 0} == {**wanted, "seconds": 0}


def test_the_order_of_the_images_is_of_no_matter(whole):
    model, _, truth, parts = whole
    order = np.random.default_rng(1).permutation(23)
    mixed = {name: (x[order], y[order]) for name, (x, y) in parts.items()}
    found = ean.improve(model, **mixed, folder=truth.run.folder.path, attention="eca", objective="val_auc", **SMALL)
    assert str(found) == str(truth)
    for name in ("train", "test"):
        first, second = (getattr(one.run.data, name) for one in (truth, found))
        np.testing.assert_array_equal(first.inputs, second.inputs)
        np.testing.assert_array_equal(first.targets, second.targets)


def test_a_folder_of_another_model_or_of_other_images_is_refused(whole):
    _, _, result, parts = whole
    folder = result.run.folder.path
    other, _ = compiled("regression")
    with pytest.raises(ValueError, match="another configuration"):
        ean.improve(other, **parts, folder=folder, attention="eca", objective="val_auc", **SMALL)
    changed = {**parts, "test": (parts["test"][0] + 1, parts["test"][1])}
    with pytest.raises(ValueError, match="The test images are other ones .*at random"):
        ean.improve(whole[0], **changed, folder=folder, attention="eca", objective="val_auc", **SMALL)
    assert str(Run(folder).verdict()) == str(result.run.verdict())
    with pytest.raises(ValueError, match="given in Python"):
        Run(folder).data  # noqa: B018


def assert_reported(run, name):
    truth = run.network("found").trained().evaluate(*compiled(name)[1], return_dict=True, verbose=0)
    assert run.figures("found")["accuracy"] == pytest.approx(float(np.mean(truth[HEADS[name][-1]])), rel=1e-4)


@pytest.mark.parametrize("name", ["two outputs by name", "masks"])
def test_other_heads(name, tmp_path, capsys):
    """Class numbers and one-hot labels are those of tests/cli/test_improve.py; a target without a metric comes next."""
    _, result = improved(tmp_path, name)
    said = capsys.readouterr()
    assert "search the scheme" not in said.out + said.err  # Since verbose is False.
    assert_reported(result.run, name)
    assert str(result)
    if name != "masks":
        assert_folded(result.run, name)


def assert_folded(run, name):
    """The network with attention everywhere, folded, is what its figures say."""
    base, facts = run.figures("shared"), run.figures("shared_folded")
    network = run.network("shared_folded").trained()
    truth = network.evaluate(*compiled(name)[1], return_dict=True, verbose=0)
    assert facts["accuracy"] == pytest.approx(float(np.mean(truth[HEADS[name][-1]])), rel=1e-4, abs=1e-5)
    assert (facts["live"], facts["scheme"]) == (2 - len(facts["folded"]), base["scheme"])
    assert facts["parameters"] < base["parameters"] or not facts["folded"]


def test_gates_are_folded_by_the_models_own_objective(whole):
    run = whole[2].run
    assert_folded(run, "one sigmoid, AUC")
    assert run.figures("shared")["accuracy"] - run.figures("shared_folded")["accuracy"] < 0.05
    assert run.figures("shared_folded")["folded"]


def test_folded_networks_are_compared_if_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(improving, "improved", lambda config, *_: config)
    model, (x, y) = compiled("regression")
    both = ("shared_folded", "found_folded")
    for asked, compared in ((True, both), (False, ()), (None, None)):
        config = ean.improve(model, (x, y), (x, y), (x, y), folder=tmp_path, fold=asked)
        assert config.compare == compared


def test_several_modules_share_the_model_without_attention(tmp_path):
    name = "regression, targets (n,), no metric"
    _, result = improved(tmp_path, name, attention=["eca", {"name": "eca", "source": "learned"}], max_latency="+90 %")
    runs = result.modules.runs
    assert list(runs) == ["eca", "eca-source-learned"]
    assert_reported(runs["eca"], name)
    assert_folded(runs["eca"], name)
    assert_folded(runs["eca-source-learned"], name)
    plain = [read_json(run.folder.network("plain", 0) / "metrics.json") for run in runs.values()]
    assert plain[0] == plain[1]
    assert {verdict.gain.confidence for verdict in result.verdict.verdicts.values()} == {0.975}
    assert "eca-source-learned: found" in str(result)
    assert str(result).count("no attention |") == 1
    reader = read_page(tmp_path / "report.html")
    assert "Of 2 runs, attention pays in" in reader.text
    assert "The recommended network of each run less that of eca. Paired:" in reader.text
    assert len({run.folder.curve("plain-0").read_text() for run in runs.values()}) == 1
    assert yaml.safe_load(runs["eca"].folder.config_file.read_text())["search"]["reward"]["sparsity_weight"] == 0


FAULTS = {
    "are one-hot for a sparse loss": lambda x, y: {"train": (x, np.eye(3)[y])},
    "validation images: The labels are from 1 to 3": lambda x, y: {"validation": (x, y + 1)},
    "no images for test": lambda x, y: {"test": None},
    "^attention: Unknown attention module 'sse'. Did you mean": lambda x, y: {"attention": "sse"},
    "'auc' is none of what": lambda x, y: {"objective": "auc"},
    "weights .* not negative": lambda x, y: {"train": (x, y, -np.ones(len(y)))},
    "weights .* all 0": lambda x, y: {"test": (x, y, np.zeros(len(y)))},
    "class_weight is a weight by class": lambda x, y: {"class_weight": [1.0, 2.0, 1.0]},
    "improve takes a Keras model, not 'model.keras'": lambda x, y: {"model": "model.keras"},
    "at least one attention module": lambda x, y: {"attention": None},
    "^objective: .* not \\(": lambda x, y: {"objective": ("loss", "min", 1)},
    "search: .* not 'reinforce'": lambda x, y: {"search": "reinforce"},
    "number of minutes, not '5'": lambda x, y: {"minutes": "5"},
    "Unknown layer 'nowhere'": lambda x, y: {"at": "nowhere"},
    "^Unknown loss 'sparse_crossentropy'. Did you mean .*'sparse_categorical": lambda x, y: {
        "loss": "sparse_crossentropy"
    },
    "^epochs: .*, not 0": lambda x, y: {"epochs": 0},
    "^objective: .*, not 5": lambda x, y: {"objective": 5},
    "^attention is the name .*, not 5": lambda x, y: {"attention": 5},
    "^at is the name .*, not 5": lambda x, y: {"at": 5},
    "^folder is where .*, such as 'runs/mine', not None": lambda x, y: {"folder": None},
    "^class_weight .*numbers.*'a'": lambda x, y: {"class_weight": {0: "a", 1: 1, 2: 1}},
}


@pytest.mark.parametrize("message", FAULTS)
def test_wrong_data_are_told_before_anything_is_trained(message, tmp_path):
    model, (x, y) = compiled("logits, classes")
    parts = dict.fromkeys(("train", "validation", "test"), (x, y))
    with pytest.raises(ValueError, match=message) as told:
        ean.improve(**{"model": model, "folder": tmp_path, **parts, **SMALL, **FAULTS[message](x, y)})
    assert "\n" not in str(told.value)
    assert not list(tmp_path.glob("**/*.npz"))


def test_a_model_without_a_loss_asks_for_it(tmp_path):
    model, (x, y) = compiled("logits, classes")
    bare = keras.Model(model.inputs, model.outputs)
    with pytest.raises(ValueError, match="--loss"):
        ean.improve(bare, (x, y), (x, y), (x, y), folder=tmp_path, **SMALL)


def test_class_weights_count_as_in_fit():
    found = with_class_weights(Examples(np.zeros((3, 2)), np.array([0, 1, 0]), np.array([1.0, 1.0, 2.0])), {0: 1, 1: 5})
    assert found.weights.tolist() == [1, 5, 2]
    with pytest.raises(ValueError, match=r"no weight for the classes \[1\]"):
        with_class_weights(Examples(np.zeros((3, 2)), np.array([0, 1, 0])), {0: 1})
