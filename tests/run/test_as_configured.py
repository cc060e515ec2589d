"""What a run makes of its configuration."""

import inspect

import pytest

from keras_ean import backend
from keras_ean.run import Run, architecture, load_config, trainer
from keras_ean.run.config import Config
from keras_ean.run.context import Context
from keras_ean.search import HeldEvaluator, SpaceShrinking
from keras_ean.supernet import build_supernet
from tests.run.starting import QUIET, TINY, start

# What is configured here, an evaluator or a callback, is tried on every backend by itself.
pytestmark = pytest.mark.usefixtures("no_detours")


def test_from_scratch_a_network_gets_as_many_epochs_as_the_supernet_unless_told(tmp_path):
    def course(*overrides):
        return trainer.of_networks(load_config(None, [*TINY, *overrides]))

    tuned, alone = course(), course("start=scratch")
    assert (tuned.epochs, tuned.recipe.rate, tuned.recipe.schedule) == (2, pytest.approx(0.01), "one_cycle")
    assert (alone.epochs, alone.recipe.rate) == (2, 0.03)
    assert course("start=scratch", "pretrain.epochs=7", "train.recipe=digits-one-cycle").epochs == 7
    assert course("start=scratch", "train={recipe: digits-short, epochs: 3}").epochs == 3
    default = trainer.of_networks(load_config(None, ["pretrain.epochs=25"]))
    assert default.epochs == 2
    assert trainer.pretraining(load_config()).images(2400) == 24 * 37 * 64


def test_a_search_by_trainings_from_scratch_trains_no_supernet(tmp_path):
    evaluator = "search.evaluator={name: training, epochs: 1}"
    run = start(tmp_path / "run", "start=scratch", evaluator, "search.options={max_steps: 1, samples_per_step: 2}")
    found = run.search()
    assert not run.folder.supernet_file.exists()
    again = Run(run.folder.path, None, QUIET)
    assert again.search() == found
    assert (len(again.tuner().evaluations()), len(again.tuner().repeats())) == (2, 6)


def test_a_search_by_one_network_whose_gates_are_held(tmp_path):
    run = start(tmp_path / "run", "sampling=everywhere", "search.evaluator=held")
    assert run.tuner().evaluator is HeldEvaluator
    found = run.search()
    scores = {evaluation.scheme: evaluation.metrics["accuracy"] for evaluation in run.tuner().evaluations()}
    assert len(scores) > 2
    assert found in scores
    assert set(run.tuner().evaluations()[0].metrics) >= {"accuracy", "loss"}


def test_blocks_leave_the_space_of_the_supernet_as_configured(tmp_path, monkeypatch):
    """Told line by line, kept with the supernet, and found again by a run that was stopped after it."""
    told, asked = [], []
    monkeypatch.setattr(Context, "tell", lambda self, line: told.append(line))
    made = SpaceShrinking.__init__
    monkeypatch.setattr(SpaceShrinking, "__init__", lambda self, *a, **b: (asked.append(b), made(self, *a, **b))[0])
    # Of a loss that hardly counts no block is worth a nat.
    options = "pretrain.epochs=3", "shrinking={tolerance: 5.0, looks: 2}"
    run = start(tmp_path / "run", *options)
    assert run.pretrain().decided == {0: 0, 1: 0, 2: 0}
    lines = {line.partition(" is ")[0] for line in told if line.startswith("After epoch")}
    assert lines == {f"After epoch 2 block {block}" for block in range(3)}
    assert asked[0].items() >= {"objective": "loss", "tolerance": 5.0, "looks": 2, "seed": 0}.items()
    assert Run(run.folder.path, None, QUIET).pretrain().decided == {0: 0, 1: 0, 2: 0}
    assert "blocks that are decided leave the supernet's training" in str(run.plan())
    assert start(tmp_path / "other").pretrain().decided == {}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ("start=scratch", "search.evaluator=training"),
            "shrinking: .* start: scratch and the evaluator 'training' none is trained: leave shrinking out, or take",
        ),
        (("sampling=everywhere",), "shrinking: .* sampling: everywhere trains with attention in every block: leave sh"),
        (("sampling=everywhere", "search.evaluator=held"), "shrinking: .* sampling: everywhere trains"),
    ],
)
def test_no_space_shrinks_but_that_of_a_supernet_that_is_trained_over_schemes(tmp_path, overrides, message):
    with pytest.raises(ValueError, match=message):
        start(tmp_path / "run", "shrinking={looks: 2}", "pretrain.epochs=3", *overrides)
    start(tmp_path / "run", "shrinking={looks: 2}", "pretrain.epochs=3", "start=scratch")


def test_a_given_model_has_neither_a_shrinking_space_nor_a_search_by_loss():
    given = {"data": {"name": "digits"}, "model": {"name": "model.keras"}, "attention": {"name": "se"}}
    for more, said in (
        ({"shrinking": {}}, "shrinking: the sup"),
        ({"search": {"objective": "loss"}}, "by its own obj"),
    ):
        with pytest.raises(ValueError, match=said):
            Config(**given, **more)


def test_a_recipes_precision_and_dropout_are_those_of_the_run(tmp_path, monkeypatch):
    options = "train={recipe: cifar-one-cycle, batch_size: 16}", "pretrain.recipe=wrn52-4-cifar"
    run = start(tmp_path / "run", "backbone=wrn-10-1", *options)
    assert trainer.from_scratch(run.config).recipe.precision == "float32"
    monkeypatch.setattr(backend, "accelerated", lambda: True)
    assert trainer.from_scratch(run.config).recipe.precision == "mixed_bfloat16"
    assert trainer.pretraining(run.config).recipe.precision == "float32"
    assert trainer.from_scratch(run.config).recipe.batch_size == 16
    assert [run.context.architecture.backbones[name].dropout for name in ("pretrain", "train")] == [0.3, 0]
    kept = []
    monkeypatch.setattr(backend, "keep_compiled", kept.append)
    by_hand = start(tmp_path / "other", "backbone={name: wrn-10-1, dropout: 0.1}", *options)
    assert by_hand.context.architecture.backbones["pretrain"].dropout == 0.1
    assert kept == [by_hand.folder.compiled]


def test_the_supernet_is_built_as_configured(tmp_path, monkeypatch):
    signature = inspect.signature(build_supernet)
    monkeypatch.setattr(
        architecture, "build_supernet", lambda *given, **named: signature.bind(*given, **named).arguments
    )
    asked = start(
        tmp_path / "run", "distill=0.5", "sampling=fair", "share=false", "seed=3"
    ).context.architecture.supernet()
    wanted = {"distill": 0.5, "sampling": "fair", "share": False, "seed": 3, "classes": 10}
    assert {name: asked[name] for name in wanted} == wanted
