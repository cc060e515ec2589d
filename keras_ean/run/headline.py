"""Clauses of the answer of a run: what attention gains wherever it was tried, and which of its gates are folded."""

from dataclasses import asdict

from keras_ean.measure.paired import Difference
from keras_ean.run.unit import Unit

NOT_THERE = "Not at the plateau"
"""How the caution begins that says of trainings that they still rose when they ended."""
TOO_SHORT = "Too short a training"
"""How the caution begins that says of trainings that they do not tell whether they still rose."""


def tried(found: Difference | None, everywhere: Difference, unit: Unit, limits: str = "") -> str:
    """Says what attention gains over no attention in both places where it was tried.

    Args:
        found: The difference where the search has put it; None if it has put it nowhere.
        everywhere: The difference with attention in every block.
        unit: The unit of the objective.
        limits: The clause that says what the limits of the search left of all schemes; empty if they left all.
    """
    gained = unit.difference(everywhere)
    if found is None:
        left = f"{limits}; " if limits else ""
        return f"{left}the search found no place for it, and everywhere it gains {gained} over no attention"
    return f"where it was found it gains {unit.difference(found)} over no attention, everywhere {gained}"


def folded(gates: int, live: int) -> str:
    """Gives the words on folded gates that end a sentence on a scheme, if some are.

    Args:
        gates: The number of blocks that the scheme connects.
        live: The number of those whose attention is still computed.

    Example:
        >>> folded(3, 1), folded(1, 0), folded(2, 2)
        (', of whose 3 gates 2 are folded', ', whose gate is folded', '')
    """
    gone = gates - live
    if not gone:
        return ""
    if gone == gates:
        return ", whose gate is folded" if gates == 1 else f", whose {gates} gates are all folded"
    return f", of whose {gates} gates {gone} {'is' if gone == 1 else 'are'} folded"


def negative(difference: Difference) -> Difference:
    """Turns the `difference` of two networks into that in the other order."""
    values = {**asdict(difference), "value": -difference.value, "low": -difference.high, "high": -difference.low}
    return Difference(**values)
