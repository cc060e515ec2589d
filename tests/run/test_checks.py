"""Opening a run checks every name and option, and neither builds nor reads anything."""

import importlib.util
import json
import subprocess
import sys

import keras
import keras_tuner
import pytest
from rich.console import Console

from keras_ean import Scheme, attention, data
from keras_ean.exporting.verifier import import_known
from keras_ean.run import Run, config, load_config
from keras_ean.run.checks import check_names
from keras_ean.run.config_file import configured

TINY = ("data={name: digits, train: 40}", "backbone={name: resnet8, width: 4}")
QUIET = Console(quiet=True)
WRONG = [
    ("backbone.name=resnet21", "Unknown backbone 'resnet21'"),
    ("backbone.widht=4", "Did you mean 'width'"),
    ("attention.name=sse", "Did you mean 'se'"),
    ("attention.reduktion=4", "Unknown option 'reduktion'. Did you mean 'reduction'"),
    ("train.recipe=none", "Unknown recipe 'none'"),
    ("pretrain.recipe=none", "Unknown recipe 'none'"),
    ("search.oracle=reinforced", "Did you mean 'reinforce'"),
    ("search.options.max_stepz=3", "oracle 'surrogate': Unknown option 'max_stepz'. Did you mean 'max_steps'"),
    ("search.options.samples=3", "oracle 'surrogate': Unknown option 'samples'"),
    ("search.options.lease=x", "oracle 'surrogate': lease is a finite number, not 'x'"),
    ("search={options: {sparsity_weight: .nan}}", "sparsity_weight is a finite number, not nan"),
    ("seed=[", "'seed=\\[': the value cannot be read as YAML: expected the node content"),
    ("seed=99999999999999", "seed: Input should be less than 2147483648"),
    ("attention.reduction=0", "attention module 'se': reduction is a positive whole number, not 0"),
    ("search.options.max_steps=.inf", "max_steps is a whole number, not inf"),
    (
        "search={oracle: reinforce, options: {learning_rate: x, patience: null}}",
        "learning_rate is a finite number, not 'x'; patience is a whole number, not None",
    ),
    ("search={oracle: nsga2, options: {axes: [objective, sprsity]}}", "reward 'sprsity'. Did you mean 'sparsity'"),
    ("search={oracle: nsga2, options: {axes: objective}}", "oracle 'nsga2': axes is a list"),
    ("search={oracle: nsga2, options: {axes: []}}", "axes are names of parts of the reward, as .* not \\[\\]"),
    ("search={oracle: nsga2, options: {axes: [objective, -ms]}}", "reward 'ms'"),
    ("search.options.max_steps=0", "max_steps is a positive whole number, not 0"),
    ("search.options.samples_per_step=0", "samples is a whole number of schemes per batch from 1"),
    ("search={oracle: evolution, options: {population: 0}}", "population"),
    ("search.evaluator={name: tuning, steps: x}", "evaluator 'tuning': steps is a whole number, not 'x'"),
    ("data.seed=x", "data: seed is a whole number, not 'x'|data: data set 'digits': seed is a whole number"),
    ("data.test=x", "test is a finite number, not 'x'"),
    ("data.test_draws=1e6", "test_draws is a whole number, not 1000000.0"),
    ("backbone.width=x", "backbone 'resnet8': width is a whole number, not 'x'"),
    ("attention.reduction=x", "attention module 'se': reduction is a whole number, not 'x'"),
    ("pretrain.rate=.inf", "pretrain.rate: Input should be a finite number"),
    ("pretrain.rate=1e39", "pretrain.rate: Input should be less than or equal to 1000000"),
    ("tune.rate=1e39", "tune.rate: Input should be less than or equal to 1000000"),
    ("distill=.inf", "distill: Input should be a finite number"),
    ("search.options.seed=3", "options.seed is no option here: the seed is the run's own, seed$"),
    ("search.options.stages=[1]", "options.stages is no option here"),
    ("search.options.objective=loss", "options.objective is no option here"),
    ("search.options.reward={sparsity_weight: 0}", "options.reward is no option here: .* as search.reward, with"),
    ("search.reward={sparsity: 0}", "search.reward.sparsity: Unknown key 'sparsity'. Did you mean 'sparsity_weig"),
    ("search.reward={costs: {flops: {wait: 1}}}", "search.reward.costs.flops.wait: Unknown key 'wait'"),
    ("search.reward={costs: {joules: {weight: 1}}}", "search.reward.costs.joules.*'parameters', 'flops' or 'laten"),
    ("search.reward={max_connections: -1}", "search.reward.max_connections: Input should be greater than or eq"),
    (
        "search.reward={costs: {latency: {limit: 5 %}}}",
        "latency.limit: A limit is a number .* or '\\+5 %'.* not '5 %'",
    ),
    ("search.reward={costs: {latency: {limit: 0}}}", "latency.limit: a limit is above 0, not 0"),
    ("search.evaluator=tunning", "Unknown evaluator 'tunning'. Did you mean 'tuning'"),
    (
        "search.evaluator={name: tuning, stepz: 3}",
        "'tuning': Unknown option 'stepz'. Did you mean 'steps'",
    ),
    (
        "search.evaluator={name: tuning, seed: 3}",
        "search.evaluator: seed is no option here, since the run sets it by itself",
    ),
    (
        "search={evaluator: tuning, early_stopping: {}}",
        "'tuning' trains before it looks at the first validation image",
    ),
    ("search={evaluator: tuning, racing: {}}", "'tuning' does not tell its scores image by image"),
    ("search={early_stopping: {}, racing: {}}", "two ways to give schemes up: leave one of them out"),
    ("search={objective: loss, early_stopping: {}}", "early_stopping compares accuracies: take racing with objective"),
    ("search.objective=auc", "search.objective: Input should be 'accuracy' or 'loss'"),
    ("shrinking={looks: 1}", "shrinking.looks: Input should be greater than or equal to 2"),
    ("shrinking={look: 2}", "shrinking.look: Unknown key 'look'. Did you mean 'looks'"),
    ("shrinking={objective: auc}", "shrinking.objective: Input should be 'loss' or 'accuracy'"),
    ("shrinking={tolerance: -1}", "shrinking.tolerance: Input should be greater than or equal to 0"),
    ("shrinking={confidence: 1}", "shrinking.confidence: Input should be less than 1"),
    ("shrinking={looks: 100}", "shrinking: 100 looks before the last epoch .* but pretrain.epochs is"),
    ("search.racing={z: -1}", "search.racing.z: Input should be greater than or equal to 0"),
    ("search.options={tolerance: -0.1}", "tolerance is a difference of rewards, 0 or more, not -0.1"),
    ("search.early_stopping={shar: 0.5}", "search.early_stopping.shar: Unknown key 'shar'. Did you mean 'share'"),
    ("search.early_stopping={share: 1}", "search.early_stopping.share: Input should be less than 1"),
    (
        "batch_size=16",
        "Unknown key 'batch_size'.* In other sections there is .*pretrain.batch_size and .*tune.batch_size",
    ),
    ("sampling=bernouli", "Did you mean 'bernoulli'"),
    ("distill=-1", "distill: Input should be greater than or equal to 0"),
    ("data.name=./digitz", "There is no folder or file"),
    ("data.drawz=2", "Did you mean 'draws'"),
    ("data.source=2", "Unknown option 'source'"),
    ("export=[saved_modle]", "Did you mean 'saved_model'"),
]
"""Overrides, and what is said of them."""


def start(folder, *overrides):
    return Run(folder, load_config(None, [*TINY, *overrides]), QUIET)


def fail(*_, **__):
    pytest.fail("built or read")


@pytest.fixture
def _nothing_is_built(monkeypatch):
    monkeypatch.setattr(keras.layers.Layer, "__init__", fail)
    monkeypatch.setattr(keras_tuner.Oracle, "__init__", fail)
    monkeypatch.setattr(data.Split, "__post_init__", fail, raising=False)
    monkeypatch.setattr("sklearn.datasets.load_digits", fail)


@pytest.mark.usefixtures("_nothing_is_built")
def test_opening_a_run_builds_and_reads_nothing(tmp_path):
    start(tmp_path / "run")
    assert Run(tmp_path / "run", None, QUIET).stages == (1, 1, 1)


@pytest.mark.usefixtures("_nothing_is_built")
@pytest.mark.parametrize(("override", "message"), WRONG)
def test_a_wrong_name_is_said_at_once(tmp_path, override, message):
    folder = tmp_path / "run"
    with pytest.raises((ValueError, FileNotFoundError), match=message) as reason:
        start(folder, override)
    assert len(str(reason.value).splitlines()) <= 2
    assert not folder.exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"name": "digits", "normalize": True}, "data: normalize .*model.pixels"),
        ({"name": "os:listdir", "size": 8}, "data: the function os:listdir takes no options, but was given size: "),
    ],
)
def test_what_a_given_model_decides_is_no_option_of_its_images(tmp_path, source, message):
    (tmp_path / "mine.keras").touch()
    with pytest.raises(ValueError, match=message):
        configured({"data": source, "model": str(tmp_path / "mine.keras"), "attention": "se"}, (), "here")


def test_all_that_is_wrong_is_told_without_keras():
    code = """
import json, re, sys
import keras_ean_cli  # So that Keras is not imported with the package.
from keras_ean.run.config_file import load_config
for overrides, message in json.loads(sys.argv[1]):
    try:
        load_config(None, overrides)
    except (ValueError, OSError) as error:
        found = str(error)
    else:
        found = "nothing"
    if not re.search(message, found):
        print(overrides, found)
print("HEAVY", {"keras", "tensorflow", "jax", "torch", "keras_tuner"} & set(sys.modules))
"""
    cases = [([*TINY, override], message) for override, message in WRONG]
    several = [*TINY, "attention=sse", "search={evaluator: tunning, oracle: reinforced}", "sampling=bernouli", "foo=1"]
    everything = "foo: (?s:.*)attention: (?s:.*)sampling: (?s:.*)search: (?s:.*)search.evaluator: "
    result = subprocess.run(
        [sys.executable, "-c", code, json.dumps([*cases, (several, everything)])], capture_output=True, text=True
    )
    assert (result.stdout, result.stderr) == ("HEAVY set()\n", "")


@pytest.mark.tensorflow
def test_a_name_that_tfds_does_not_know_is_said_at_once(tmp_path):
    with pytest.raises(ValueError, match="There is no data set 'digitz'"):
        start(tmp_path / "run", "data.name=digitz")
    assert not (tmp_path / "run").exists()


def test_sparsity_has_one_place(tmp_path):
    with pytest.raises(ValueError, match="sparsity_weight is a part of search.reward, which is given too"):
        start(tmp_path / "run", "search.options.sparsity_weight=0.1")  # The bundled example has a reward.


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.options.max_steps=0", "max_steps is a positive whole number, not 0"),
        ("search.evaluator={name: tuning, steps: 0}", "Tuning takes at least 1 step, not 0"),
        ("search.evaluator={name: tuning, recipe: none}", "Unknown recipe 'none'"),
        (
            "search={reward: {costs: {parameters: {limit: 10}}}}",
            "search.reward.costs.parameters.limit is 10.0, but the network without attention has 5142 parameters",
        ),
    ],
)
def test_a_value_that_is_refused_is_said_before_the_supernet_is_trained(tmp_path, monkeypatch, override, message):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(ValueError, match=message):
        start(tmp_path / "run", override)()


def test_the_reward_of_a_configuration_is_that_of_the_search(tmp_path):
    prices = "{parameters: {weight: 0.001, limit: +0.3 %}, latency: {limit: 1000000}}"
    reward = "{sparsity_weight: 0.1, max_connections: 2, costs: " + prices + "}"
    run = start(tmp_path / "run", "search={options: {max_steps: 3}, reward: " + reward + "}")
    supernet = run.context.architecture.supernet()
    run.context.save(supernet, run.folder.supernet_file)
    found = run.oracle().plan().reward
    assert (found.sparsity_weight, found.max_connections) == (0.1, 2)
    assert [(cost.name, cost.weight, cost.limit) for cost in found.costs] == [
        ("parameters", 0.001, "+0.3 %"),
        ("ms", 0, 1000000),
    ]
    module = attention.get("se", reduction=4)
    module.build((None, 8, 8, 4))
    one, none = (found.costs[0].function(Scheme(scheme)) for scheme in ("1 0 0", "0 0 0"))
    assert one - none == module.count_params()
    assert not found.admits(Scheme("1 1 1"))
    # 13, 43 and 153 parameters on top of 5,142: the limit, 15, leaves the first stage's module alone.
    assert [found.admits(Scheme(scheme)) for scheme in ("1 0 0", "0 1 0", "0 0 1")] == [True, False, False]
    rival = run.oracle("random").plan().reward
    assert (rival.sparsity_weight, rival.max_connections) == (0.1, 2)


@pytest.mark.parametrize("name", ["tuning", "training"])
def test_an_evaluator_that_trains_is_refused_on_pytorch_before_anything_is_trained(name, monkeypatch):
    asked = load_config(None, [*TINY, f"search.evaluator={name}"])
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    check_names(asked)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="on TensorFlow and JAX, not on PyTorch"):
        check_names(asked)


def test_costs_that_are_asked_for_are_axes(tmp_path):
    costs = "reward: {costs: {latency: {weight: 0}, flops: {weight: 0}}}"
    run = start(tmp_path, f"search={{oracle: nsga2, options: {{axes: [objective, -ms, -flops]}}, {costs}}}")
    assert run.searching()._oracle().get_state


def test_formats_that_cannot_be_written_here_are_told_before_any_work(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "tensorflow" else find(name))
    asked = load_config(None, [*TINY, "export=[saved_model, keras]"])
    with pytest.raises(ValueError, match=r"export: The export to SavedModel is written by tensorflow, .* to 'keras'\."):
        check_names(asked)
    check_names(asked, begun=True)  # Whoever opens what another machine has begun may read it.
    check_names(load_config(None, [*TINY, "export=[keras]"]))


def test_a_file_that_is_imported_may_register_an_attention_module(tmp_path, monkeypatch):
    monkeypatch.setattr(attention.base.REGISTRY, "classes", {**attention.base.REGISTRY.classes})
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "their_gate.py").write_text(
        "from keras_ean.attention import Gate, register\n\n@register('theirs')\nclass Theirs(Gate):\n"
        "    def __init__(self, power: int = 1, **kwargs):\n        super().__init__(**kwargs)\n"
    )
    (tmp_path / "model.keras").touch()
    model = {"name": str(tmp_path / "model.keras"), "imports": [str(tmp_path / "their_gate.py")]}
    values = {"data": "digits", "model": model, "attention": {"name": "theirs", "power": 2}}
    check_names(configured(values, (), "a test"))
    # A fresh process that reads an export imports it, too, and knows classes that nobody has registered.
    assert sys.path[-1] == str(tmp_path)
    with keras.saving.custom_object_scope({}):
        import_known("their_gate")
        assert keras.saving.get_custom_objects()["Theirs"] is attention.base.REGISTRY.classes["theirs"]
    with pytest.raises(ValueError, match="Unknown option 'pover'. Did you mean 'power'"):
        check_names(configured({**values, "attention": {"name": "theirs", "pover": 2}}, (), "a test"))


def test_without_tensorflow_a_run_exports_a_keras_file(monkeypatch):
    assert load_config(None, []).export == (("saved_model",) if config.find_spec("tensorflow") else ("keras",))
    monkeypatch.setattr(config, "find_spec", lambda name: None)
    assert load_config(None, []).export == ("keras",)
