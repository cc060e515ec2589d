"""What Keras Tuner's users give to `search`, read as a search of schemes reads it."""

from collections.abc import Mapping
from typing import Any

OF_TRAINING = {
    "epochs": "a search trains nothing",
    "batch_size": "give it to SchemeTuner",
    "validation_split": "give validation_data=",
    "class_weight": "a search trains nothing",
    "steps_per_epoch": "a search trains nothing",
    "shuffle": "a search trains nothing",
}
"""Arguments of `fit`, and why a search has none."""


def validation_set(x: Any, y: Any, validation_data: Any, others: Mapping[str, Any]) -> Any:
    """The data that schemes are scored on: `validation_data`, else (x, y), else x alone.

    Raises:
        TypeError: arguments of a training, or unknown ones.

    Example:
        >>> validation_set("images", "labels", None, {})
        ('images', 'labels')
    """
    for name in others:
        why = OF_TRAINING.get(name, "there is no such argument")
        raise TypeError(
            f"search(… {name}=…): {why}. A trained supernet is scored, as in tuner.search((images, labels))."
        )
    if validation_data is not None:
        return validation_data
    return x if y is None else (x, y)
