import io

import keras
import numpy as np
from rich.console import Console

from keras_ean.progress_bar import TrainingBar


def test_one_bar_for_all_epochs_with_the_last_loss():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    buffer = io.StringIO()
    bar = TrainingBar("train it", Console(file=buffer, width=120))
    model.fit(np.zeros((8, 2)), np.zeros(8), batch_size=2, epochs=3, callbacks=[bar], verbose=0)
    text = buffer.getvalue()
    assert "train it" in text
    assert "100%" in text
    assert "loss 0.000" in text


def test_a_continued_training_starts_where_it_stopped():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    bar = TrainingBar("train it", Console(file=io.StringIO(), width=120))
    seen = []
    spy = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: seen.append(bar.progress.tasks[0].completed))
    model.fit(np.zeros((8, 2)), np.zeros(8), batch_size=2, epochs=3, initial_epoch=2, callbacks=[bar, spy], verbose=0)
    assert seen == [8]
