"""What answers are worth, and what a metric may be."""

import keras
import numpy as np
import pytest

from keras_ean.folding import GuessedWarning, Scoring

LABELS = np.array([0, 1, 0, 1])
RIGHT, WRONG = np.eye(2)[LABELS], np.eye(2)[1 - LABELS]


def test_a_metric_of_keras_forgets_what_it_was_shown():
    scoring = Scoring(LABELS, keras.metrics.SparseCategoricalAccuracy(), RIGHT)
    assert [scoring(RIGHT), scoring(WRONG), scoring(RIGHT)] == [1.0, 0.0, 1.0]


def test_outputs_that_are_no_numbers_name_no_class():
    broken = RIGHT.copy()
    broken[:2] = np.nan
    assert Scoring(LABELS, None, RIGHT)(broken) == 50.0


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (np.ones(3), r"an array \(3,\)"),
        (np.ones((4, 2)), r"an array \(4, 2\)"),
        ([], r"\[\]|an array \(0,\)"),
        ("good", "'good'"),
        (None, "None"),
        (np.nan, "nan"),
    ],
)
def test_a_score_is_one_number_or_one_for_each_image(found, told):
    with pytest.raises(ValueError, match=f"a finite score, or one for each image, not ({told})"):
        Scoring(LABELS, lambda labels, outputs: found, RIGHT)(RIGHT)


def test_labels_of_several_outputs_are_looked_up():
    with pytest.raises(ValueError, match=r"an entry for each image, .* no dictionary: .*, np.arange\(4\)"):
        Scoring({"a": LABELS, "b": LABELS}, lambda labels, outputs: 1.0, {"a": RIGHT, "b": RIGHT})


def test_a_network_that_guesses_is_warned_of():
    labels, random = np.arange(60) % 3, np.random.default_rng(0)
    guessing = random.normal(size=(60, 3))
    scoring = Scoring(labels, None, guessing)
    with pytest.warns(GuessedWarning, match="names the class of .* of 60 images, no more than guessing one of 3 class"):
        scoring.doubt(scoring(guessing))
    knowing = guessing + 3 * np.eye(3)[labels]
    Scoring(labels, None, knowing).doubt(90.0)
    Scoring(None, None, guessing).doubt(30.0)  # By its own classes it is right by definition.
    Scoring(labels[:40], None, guessing[:40]).doubt(30.0)


@pytest.mark.parametrize("one", [True, False], ids=["each image", "all"])
def test_scores(one):
    scoring = Scoring(LABELS, lambda labels, outputs: outputs[:, :1] if one else outputs[:, 0].mean(), RIGHT)
    assert scoring(RIGHT) == 0.5


@pytest.mark.parametrize(
    "metric",
    [
        keras.losses.SparseCategoricalCrossentropy(),
        keras.losses.sparse_categorical_crossentropy,
        keras.metrics.MeanAbsoluteError(),
    ],
)
def test_what_falls_is_no_score(metric):
    with pytest.raises(ValueError, match="the higher the better, not .* give the negative"):
        Scoring(LABELS, metric, RIGHT)
