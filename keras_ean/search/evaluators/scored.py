"""The scores of schemes, under the names by which a search asks for them."""

import math
from collections.abc import Sequence
from typing import Any

from keras_ean.scheme import Scheme
from keras_ean.search.answers import ANSWERS, from_text, score_of
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.early_stopping import EarlyStopping
from keras_ean.search.evaluators.racing import Racing


def scored(
    evaluator: Evaluator,
    schemes: Sequence[Scheme],
    objective: str,
    bars: Sequence[float | None],
    early_stopping: EarlyStopping | Racing | None = None,
    repeat: int = 0,
    leader: str | None = None,
    direction: str = "max",
) -> list[dict[str, Any]]:
    """Metrics of each scheme, the objective among them, and its answers where the evaluator tells its scores image by
    image.

    Args:
        evaluator: The evaluator that scores them, all in one call.
        schemes: The schemes to score.
        objective: Name of a metric; the evaluator's own name for "val_accuracy", as Keras calls what comes from a
            validation set, may be "accuracy".
        bars: The score below which a scheme is given up early; None for no bar.
        early_stopping: How hopeless schemes are given up; None gives up none. A repeat is never given up.
        repeat: The number of the repeat, with a noisy evaluator.
        leader: The answers of the best scheme so far, as text; None if there are none.
        direction: Whether more of the objective is better, "max", or less, "min".

    Returns:
        The metrics of each scheme. Where one of them is not finite, the objective is NaN, so that the scheme has no
        score: a network of NaNs still answers with a class, and would have an accuracy.
    """
    own = objective.removeprefix("val_")
    if early_stopping is not None and not repeat:
        best = from_text(leader) if leader else None
        scores = early_stopping.score(evaluator, schemes, bars, own, best, direction)
    elif evaluator.by_image:
        found = evaluator.outcomes(schemes)
        scores = [score_of({name: each[row] for name, each in found.items()}, own) for row in range(len(schemes))]
    else:
        scores = [dict(score) for score in evaluator.score(schemes, **({"repeat": repeat} if repeat else {}))]
    for score in scores:
        if objective not in score and own in score:
            score[objective] = score[own]
        if not all(math.isfinite(value) for name, value in score.items() if name != ANSWERS):
            score[objective] = math.nan
    return scores
