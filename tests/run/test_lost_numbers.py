"""Trainings of a run that lose their numbers: they stop, or go back with half the rate."""

import keras
import pytest

from keras_ean.cli.app import main
from keras_ean.run import Run, trainer
from keras_ean.training.finite import NotFinite
from tests.run.starting import FORMATS, QUIET, TINY, start

pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("no_detours")]


def test_a_rate_that_is_too_high_ends_the_command_in_one_line(tmp_path, monkeypatch, capsys):
    arguments = [part for override in (*TINY, FORMATS, "pretrain.rate=1e6") for part in ("--set", override)]
    monkeypatch.setattr(
        "sys.argv", ["keras-ean", "run", "digits", "--out", str(tmp_path / "run"), "--no-timing", *arguments]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    [said] = capsys.readouterr().err.strip().splitlines()
    assert "pre-train the supernet: in epoch" in said
    assert "Try a lower pretrain.rate" in said
    assert not (tmp_path / "run" / "supernet.keras").exists()
    assert not list((tmp_path / "run").rglob("epoch-000002.npz"))


def test_a_run_that_restores_goes_back_three_times_and_halves_the_rate_each_time(tmp_path, monkeypatch):
    rates = []

    def lost(model, batches, epochs, folder, callbacks, **options):
        rates.append(round(model.optimizer.get_config()["learning_rate"]["config"]["peak"], 9))
        raise KeyboardInterrupt if len(rates) == 2 else NotFinite("the loss is nan.")

    monkeypatch.setattr(trainer, "fit", lost)
    run = start(tmp_path, "pretrain.rate=0.8", "on_nan=restore")
    with pytest.raises(KeyboardInterrupt):
        run.pretrain()
    with pytest.raises(NotFinite):
        Run(tmp_path, None, QUIET).pretrain()
    assert rates == [0.8, 0.4, 0.4, 0.2, 0.1]


def test_a_run_goes_on_from_its_last_good_state(tmp_path, monkeypatch):
    whole, begun = trainer.fit, []

    def once(model, batches, epochs, folder, callbacks, **options):
        begun.append(trainer.Checkpoint(folder).finished_epochs)
        if len(begun) == 1:
            callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=spoil), *callbacks]
        whole(model, batches, epochs, folder, callbacks, **options)

    def spoil(epoch, logs):
        logs.update(loss=1e30 if epoch == 1 else logs["loss"])

    monkeypatch.setattr(trainer, "fit", once)
    with pytest.raises(NotFinite, match="in epoch 2 of 2 the loss is 1e\\+30.*state after epoch 1 is kept"):
        start(tmp_path).pretrain()
    begun.clear()
    run = start(tmp_path, "on_nan=restore")  # Which may be changed in a run that has begun.
    run.pretrain()
    assert begun == [1, 1]


def test_a_network_that_predicts_what_is_not_finite_is_not_judged(finished):
    network = keras.models.clone_model(finished.train("plain"))
    network.layers[-1].bias.assign(float("nan") + network.layers[-1].bias)
    with pytest.raises(NotFinite, match="predicts values that are not finite for 359 of 359 images"):
        trainer.tested(finished.context, network)
