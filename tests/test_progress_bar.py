import io
import re

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_ean import progress_bar
from keras_ean.progress_bar import TrainingBar, bar


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def fit(model, bar, *callbacks, **options):
    model.fit(np.zeros((8, 2)), np.zeros(8), batch_size=2, epochs=3, callbacks=[*callbacks, bar], verbose=0, **options)


def known(epoch, logs):
    logs.update(accuracy=0.5, val_accuracy=0.8314)


def test_a_log_file_gets_one_line_at_the_end_of_a_short_training_and_no_control_characters(model):
    buffer = io.StringIO()
    fit(
        model,
        TrainingBar("train it", Console(file=buffer, width=40)),
        keras.callbacks.LambdaCallback(on_epoch_end=known),
    )
    figures = "epoch 3/3, validation 83.1 %, training 50.0 %, loss 0.000"
    assert re.fullmatch(rf"train it: 100 %, 0:00:\d\d taken, {figures}\n", buffer.getvalue())


def test_a_log_file_gets_a_line_every_so_many_seconds(model, monkeypatch):
    monkeypatch.setattr(progress_bar, "SECONDS", 0)
    monkeypatch.setattr(progress_bar, "SHARE", 0)
    buffer = io.StringIO()
    fit(model, TrainingBar("train it", Console(file=buffer)))
    lines = buffer.getvalue().splitlines()
    assert len(lines) > 8
    assert all(line.startswith("train it: ") and line.isprintable() for line in lines)
    assert any("50 %" in line and " left, epoch 2/3, loss 0.000" in line for line in lines)


def test_a_terminal_gets_a_bar_with_epoch_time_left_and_validation_accuracy_in_80_columns(model):
    buffer, seen = io.StringIO(), []
    console = Console(file=buffer, width=80, force_terminal=True, color_system=None)
    bar = TrainingBar("pre-train the supernet", console)
    spy = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: seen.append(bar.progress.tasks[0].fields["note"]), on_epoch_end=known
    )
    fit(model, bar, spy)
    last = buffer.getvalue().rpartition("pre-train the supernet")[2]
    assert "100%" in last
    assert "taken epoch 3/3, validation 83.1 %" in last
    assert seen[1:] == [f"epoch {epoch}/3, validation 83.1 %, training 50.0 %, loss 0.000" for epoch in (1, 2)]


def test_a_continued_training_starts_where_it_stopped(model):
    bar = TrainingBar("train it", Console(file=io.StringIO(), width=120))
    seen = []
    spy = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda *_, **__: seen.append(bar.progress.tasks[0].completed)
    )
    fit(model, bar, spy, initial_epoch=2)
    assert seen[0] == 8


def test_every_task_of_a_search_has_its_last_line():
    buffer = io.StringIO()
    with bar(Console(file=buffer)) as progress:
        tasks = [progress.add_task(name, total=2, note="") for name in ("one", "two")]
        for task in tasks:
            progress.update(task, completed=2, note="3 schemes")
            progress.update(task, completed=2)
    assert buffer.getvalue() == "".join(f"{name}: 100 %, 0:00:00 taken, 3 schemes\n" for name in ("one", "two"))


def test_the_last_validation_accuracy_stays_with_the_epoch_that_it_is_of(model):
    buffer = io.StringIO()
    first = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None if epoch else known(epoch, logs))
    fit(model, TrainingBar("train it", Console(file=buffer)), first)
    assert buffer.getvalue().endswith(" taken, epoch 3/3, validation 83.1 % after epoch 1, loss 0.000\n")


@pytest.mark.parametrize("widgets", [True, False])
def test_a_notebook_without_widgets_gets_lines(widgets, monkeypatch):
    monkeypatch.setattr(progress_bar, "find_spec", lambda name: "found" if widgets and name == "ipywidgets" else None)
    drawn = bar(Console(file=io.StringIO(), force_jupyter=True))
    assert isinstance(drawn, progress_bar.Lines) is not widgets
