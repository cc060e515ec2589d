"""What a search is asked to compare schemes by."""

from typing import Any

import keras_tuner

from keras_ean.training.task import direction_of

OBJECTIVE = keras_tuner.Objective("accuracy", "max")
"""Of a search that is asked for none."""
SURE = ("accuracy", "acc", "loss")
"""Names whose direction nobody turns round."""


def objective_of(asked: Any) -> keras_tuner.Objective:
    """The objective that was asked for: a name whose direction is known, (name, direction), or Keras Tuner's own.

    Raises:
        ValueError: It is none of these, its direction is not known, or it is the wrong one of an accuracy or a loss.

    Example:
        >>> objective_of("val_loss").direction
        'min'
    """
    if asked is None:
        return OBJECTIVE
    if isinstance(asked, keras_tuner.Objective):
        asked = asked.name, asked.direction
    if isinstance(asked, str):
        asked = asked, direction_of(asked)
    if not isinstance(asked, tuple) or len(asked) != 2 or asked[1] not in ("max", "min"):
        raise ValueError(
            "An objective is the name of a metric, (name, 'max') or (name, 'min'), or a keras_tuner.Objective, not "
            f"{asked!r}."
        )
    name, direction = asked
    if name.removeprefix("val_") in SURE and direction != direction_of(name):
        better = "more" if direction_of(name) == "max" else "less"
        raise ValueError(f"Of {name} {better} is better, so the objective ({name!r}, {direction!r}) names the worst.")
    return keras_tuner.Objective(name, direction)
