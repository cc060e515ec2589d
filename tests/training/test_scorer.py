"""Whatever head, labels, loss and metric: scores are those of `evaluate`, and so is their mean by image."""

import keras
import numpy as np
import pytest

from keras_ean.data.examples import Examples
from keras_ean.training import Scorer, Task
from tests.training.heads import CLASSES, COIN, HEADS, MASKS, ONE_HOT, X, compiled

# Keras's mean IoU counts in int64, which JAX says it does not have.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64"),
    pytest.mark.usefixtures("eagerly"),  # tests/search/evaluators/test_task.py has them traced.
]


@pytest.mark.parametrize("name", HEADS)
def test_scores_are_those_of_evaluate(name):
    model, (x, y) = compiled(name)
    examples = Examples(x, y)
    scorer = Scorer(Task(model), model, examples)
    truth = model.evaluate(x, y, batch_size=23, return_dict=True, verbose=0)
    parts = [(part, model.predict(part.inputs, verbose=0)) for part in examples.in_turn(8)]
    found = scorer.results(sum(scorer.sums(*part) for part in parts))
    assert found == pytest.approx({one: float(np.mean(value)) for one, value in truth.items()}, rel=1e-4, abs=1e-6)
    assert scorer.objective == HEADS[name][-1]
    values = scorer.of_images(np.concatenate([scorer.each(*part) for part in parts]))
    sign = 1 if scorer.direction == "max" else -1
    assert values.shape == (23,)
    assert values.mean() == pytest.approx(sign * found[scorer.objective], rel=1e-4, abs=1e-5)
    assert values.std() > 0


def test_accuracy_by_image_is_right_or_wrong():
    model, (x, y) = compiled("logits, classes")
    scorer, outputs = Scorer(Task(model), model, Examples(x, y)), model.predict(x, verbose=0)
    values = scorer.of_images(scorer.each(Examples(x, y), outputs))
    np.testing.assert_array_equal(values, outputs.argmax(-1) == y)


def test_weights_count_in_the_loss_as_in_evaluate():
    model, (x, y) = compiled("regression")
    weights = np.random.default_rng(1).random(23).astype("float32")
    examples = Examples(x, y, weights)
    scorer = Scorer(Task(model, "val_loss"), model, examples)
    truth = model.evaluate(x, y, batch_size=23, sample_weight=weights, return_dict=True, verbose=0)
    assert scorer.results(scorer.sums(examples, model.predict(x, verbose=0))) == pytest.approx(truth, rel=1e-4)


@keras.saving.register_keras_serializable("tests")
class Largest(keras.metrics.Metric):
    """No sum over images."""

    def __init__(self, name="largest_error", **kwargs):
        super().__init__(name=name, **kwargs)
        self.value = self.add_weight(initializer="zeros", name="value")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign(keras.ops.maximum(self.value, keras.ops.max(keras.ops.abs(y_true - y_pred))))

    def result(self):
        return self.value


def scorer_of(name, y=None, x=X, objective=None, metrics=None, loss=None):
    model, (_, own) = compiled(name)
    return Scorer(Task(model, objective, loss, metrics), model, Examples(x, own if y is None else y))


def trained_otherwise():
    class Own(keras.Model):
        def train_step(self, *data):
            return super().train_step(*data)

    model, _ = compiled("regression")
    own = Own(model.inputs, model.outputs)
    own.compile("sgd", "mse")
    return own


def with_preprocessor():
    """As KerasHub's tasks have one."""
    model, _ = compiled("regression")
    model.preprocessor = keras.layers.Rescaling(1 / 255)
    return model


FAULTS = {
    "The labels are one-hot for a sparse loss": lambda: scorer_of("softmax, classes (n, 1)", ONE_HOT),
    "class numbers for a loss that takes one-hot": lambda: scorer_of("softmax, one-hot", CLASSES),
    "from 1 to 3, but the model's 3 classes are 0 … 2": lambda: scorer_of("logits, classes", CLASSES + 1),
    "no numbers": lambda: scorer_of("logits, classes", np.array(["a"] * 23)),
    "targets of 'kind' are one-hot": lambda: scorer_of(
        "two outputs by name", {"age": np.ones((23, 1)), "kind": ONE_HOT}
    ),
    "images are 4×8×3, but the model takes 8×8×3": lambda: scorer_of("regression", x=X[:, :4]),
    "channels first": lambda: scorer_of("regression", x=X.transpose(0, 3, 1, 2)),
    "values that are not finite": lambda: scorer_of("regression", np.full((23, 1), np.nan)),
    r"of an image are \(7,\), but the model.s output for it is \(1,\)": lambda: scorer_of(
        "regression", np.ones((23, 7))
    ),
    "from -1 to 1, but the loss binary_crossentropy takes 0, 1": lambda: scorer_of(
        "one sigmoid, accuracy", 2 * COIN - 1
    ),
    "the loss categorical_crossentropy takes 0, 1": lambda: scorer_of("softmax, one-hot", 2 * ONE_HOT),
    "Unknown output 'kinds'. Did you mean 'kind'": lambda: scorer_of(
        "two outputs by name", {"age": np.ones((23, 1)), "kinds": CLASSES}
    ),
    "no targets for the outputs 'kind'": lambda: scorer_of("two outputs by name", {"age": np.ones((23, 1))}),
    "needs an output for each of them": lambda: scorer_of(
        "one sigmoid, accuracy", loss="sparse_categorical_crossentropy"
    ),
    "has a train_step of its own": lambda: Task(trained_otherwise()),
    "prepared by a preprocessor": lambda: Task(with_preprocessor()),
    "do not take these targets": lambda: scorer_of("logits, classes", MASKS),
    "'val_auc' is none of what the model is compiled with: loss, mae": lambda: scorer_of(
        "regression", objective="val_auc"
    ),
    "cannot be taken apart into what each image adds": lambda: scorer_of("regression", metrics=[Largest()]),
    "give the objective as": lambda: scorer_of("regression", metrics=[keras.metrics.MeanSquaredError(name="q")]),
}


@pytest.mark.parametrize("message", FAULTS)
def test_wrong_data_are_told_in_one_line(message):
    with pytest.raises(ValueError, match=message) as fault:
        FAULTS[message]()
    assert "\n" not in str(fault.value)
