"""What is known of how far a run is."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_ean.search.host.leading import Leading

FINISHED, SUPERNET, SEARCH, NETWORKS = "finished", "the supernet", "the search", "the networks"
FOLDING, REPORT = "folding", "the report"


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        stage: The phase that is under way, or `FINISHED`.
        detail: How far the phase is.
        share: The share of all trainings and scores that is done, 0 … 1; None where it cannot be told.
        seconds_left: Seconds left of trainings and scores, at the pace so far; None where it cannot be told, and
            when they have ended.
        idle: Seconds since anything was written.
        search: The best scheme and the newest policy.
        training: The title of the newest training.
        epochs: The figures of each epoch of that training so far.
    """

    stage: str
    detail: str
    share: float | None
    seconds_left: float | None
    idle: float
    search: Leading
    training: str = ""
    epochs: Sequence[dict[str, float]] = ()
