"""What connecting each block is worth, by the scores of a run's search."""

from keras_ean.measure import effects_of
from keras_ean.measure.effects import Effects
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.search import SchemeTuner


def worth(tuner: SchemeTuner, unit: Unit, attention: str = "") -> tuple[Effects, bool]:
    """The effects of the blocks, and whether their intervals hold the noise of the validation images.

    They do where every score is an accuracy on the same images (`keras_ean.measure.effects`).

    Args:
        tuner: The tuner of the search, with its scores.
        unit: The unit of the objective.
        attention: The name of the attention module, which tells what the places are called.
    """
    alike = not tuner.ledger.plan.repeats and unit == ACCURACY
    images = (tuner.ledger.evaluator or {}).get("images") if alike else None
    found = effects_of(tuner.evaluations(), unit.factor, unit.direction, images=images)
    return found.of(attention), images is not None
