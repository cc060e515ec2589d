import keras
import numpy as np
import pytest

from keras_ean.recipes import SmoothedCrossentropy

LOGITS = np.random.default_rng(0).normal(size=(7, 4)).astype("float32")
LABELS = np.array([0, 1, 2, 3, 0, 1, 2])


@pytest.mark.backends
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None]], ids=["flat", "column"])
def test_equals_keras_on_one_hot_labels(smoothing, labels):
    truth = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)(np.eye(4)[LABELS], LOGITS)
    assert float(SmoothedCrossentropy(smoothing)(labels, LOGITS)) == pytest.approx(float(truth), rel=1e-5)


def test_serialises():
    loss = keras.losses.deserialize(keras.losses.serialize(SmoothedCrossentropy(0.2)))
    assert loss.smoothing == 0.2


def test_all_of_the_label_cannot_be_smoothed_away():
    with pytest.raises(ValueError, match="below 1, not 1"):
        SmoothedCrossentropy(1)
