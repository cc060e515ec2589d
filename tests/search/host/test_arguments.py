"""What users of Keras Tuner give, and what they are told where a search of schemes has no such thing."""

import re

import pytest

from keras_ean.search import Evaluator, Racing
from keras_ean.search.host.arguments import check_scoring, validation_set


class Silent(Evaluator):
    pass


def test_schemes_are_scored_on_the_validation_data_else_on_what_comes_first():
    assert validation_set("x", "y", "held out", {}) == "held out"
    assert validation_set("x", "y", None, {}) == ("x", "y")
    assert validation_set("both", None, None, {}) == "both"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, "a search trains nothing") for name in ("epochs", "class_weight", "steps_per_epoch", "shuffle")),
        ("batch_size", "give it to SchemeTuner"),
        ("validation_split", "give validation_data="),
        ("noise", "there is no such argument"),
    ],
)
def test_an_argument_of_a_training_is_refused_with_what_to_do_instead(name, why):
    told = f"search(… {name}=…): {why}. A trained supernet is scored, as in tuner.search((images, labels))."
    with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
        validation_set("x", "y", None, {name: 1})


def test_something_scores_schemes():
    for evaluator in (Silent, Silent()):
        check_scoring(None, evaluator, Racing())
    check_scoring("a supernet", None)
    with pytest.raises(ValueError, match="needs a supernet, or an evaluator="):
        check_scoring(None, None)
    for other in (print, Racing, 3):
        with pytest.raises(ValueError, match="derive your class from it"):
            check_scoring("a supernet", other)
