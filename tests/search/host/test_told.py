"""What a tracker is told of a search: its steps, its trials, and one picture at the end."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.told import OFF, ON, SIDE, Told, picture
from keras_ean.tracking import Tracker


class Recorder(Tracker):
    def __init__(self):
        self.told = []

    def scalars(self, part, step, values):
        self.told.append(("scalars", part, step, dict(values)))

    def image(self, part, step, name, pixels):
        self.told.append(("image", part, step, name, pixels))

    def trial(self, part, number, parameters, results):
        self.told.append(("trial", part, number, dict(parameters), dict(results)))


def scored(text, reward, number, step=3):
    return Evaluation(Scheme(text), reward, {"sparsity": 0.5 * reward}, {"accuracy": 0.9}, step=step, trial=number)


NEW, REMEMBERED, OTHER = scored("1 0", 1.0, "00007"), scored("0 0", 2.0, "00002", step=1), scored("1 1", 4.5, "00008")


@pytest.fixture
def told():
    recorder = Recorder()
    return Told([None, recorder], "search"), recorder.told


def test_a_step_is_the_means_of_its_batch_and_its_trials_are_told_once(told):
    told, heard = told
    told.step(3, [NEW, REMEMBERED, OTHER, NEW], {"entropy": 0.5}, np.array([0.25, 0.75]))
    values = {
        "search/entropy": 0.5,
        "reward/total": 2.125,
        "reward/sparsity": 1.0625,
        "probability/block_0": 0.25,
        "probability/block_1": 0.75,
    }
    assert heard == [
        ("scalars", "search", 3, values),
        ("trial", "search", 7, {"block_0": True, "block_1": False}, {"accuracy": 0.9, "reward": 1.0}),
        ("trial", "search", 8, {"block_0": True, "block_1": True}, {"accuracy": 0.9, "reward": 4.5}),
    ]
    told.step(4, [REMEMBERED], {}, None)
    assert heard[3:] == [("scalars", "search", 4, {"reward/total": 2.0, "reward/sparsity": 1.0})]


def test_the_end_is_a_picture_of_all_schemes_where_steps_were_told(told):
    told, heard = told
    ledger = SimpleNamespace(finished=True, evaluations=lambda: [NEW, REMEMBERED, OTHER])
    told.end(ledger)
    assert heard == []  # The search had ended before.
    told.step(3, [NEW], {}, None)
    heard.clear()
    told.end(SimpleNamespace(finished=False))
    assert heard == []
    told.end(ledger)
    [(kind, *where, pixels)] = heard
    assert (kind, *where) == ("image", "search", 3, "schemes, best on top")
    np.testing.assert_array_equal(pixels, picture(np.array([[1, 1], [0, 0], [1, 0]])))


def test_a_picture_has_a_square_for_each_block_and_lines_between():
    pixels = picture(np.array([[1, 0, 1], [0, 0, 1]]))
    assert (pixels.shape, pixels.dtype) == ((2 * SIDE, 3 * SIDE, 3), np.uint8)
    for row, bits in enumerate([(1, 0, 1), (0, 0, 1)]):
        for block, bit in enumerate(bits):
            square = pixels[row * SIDE : (row + 1) * SIDE, block * SIDE : (block + 1) * SIDE]
            assert (square[:-1, :-1] == (ON if bit else OFF)).all()
            assert (square[-1] == 255).all()
            assert (square[:, -1] == 255).all()
