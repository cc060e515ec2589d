"""What a search compares schemes by, as people name it."""

import keras_tuner
import pytest

from keras_ean.search.host.objective import objective_of


@pytest.mark.parametrize(
    ("objective", "name", "direction"),
    [("gender_accuracy", "gender_accuracy", "max"), ("age_mae", "age_mae", "min"), (("dice", "max"), "dice", "max")],
)
def test_an_objective_is_named_as_people_name_it(objective, name, direction):
    found = objective_of(objective)
    assert (found.name, found.direction) == (name, direction)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (("val_loss", "max"), "Of val_loss less is better"),
        (("accuracy", "min"), "Of accuracy more is better"),
        (keras_tuner.Objective("val_accuracy", "min"), "Of val_accuracy more is better"),
        (("val_loss", "down"), r"\(name, 'max'\) or \(name, 'min'\), or .*, not \('val_loss', 'down'\)"),
        (("val_loss",), r"An objective is the name of a metric"),
        (3, r"An objective is the name of a metric"),
    ],
)
def test_what_is_no_objective_or_names_the_worst_scheme_is_refused(objective, message):
    with pytest.raises(ValueError, match=message):
        objective_of(objective)


def test_an_objective_whose_direction_nobody_knows_asks_for_it():
    with pytest.raises(ValueError, match=r"give the objective as \('wobble', 'max'\)"):
        objective_of("wobble")
