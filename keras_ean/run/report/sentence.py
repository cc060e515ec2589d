"""The comparison of a run in one sentence."""

import math

from keras_ean.run.networks import FOUND
from keras_ean.run.report.rows import Row


def sentence(found: list[Row]) -> str:
    """What the figures say of the found network against attention everywhere, shared, in one sentence."""
    by_name = {row.name: row for row in found}
    if not {FOUND, "shared"} <= by_name.keys():
        return ""
    sparse, full = by_name[FOUND], by_name["shared"]
    difference = 100 * (sparse.accuracy - full.accuracy)
    # Spread of a difference of two means.
    error = 100 * math.hypot(sparse.spread / _root(sparse), full.spread / _root(full))
    if abs(difference) <= 2 * error:
        accuracy = f"as accurate as attention everywhere within the noise ({difference:+.1f} ± {error:.1f} points)"
    else:
        accuracy = f"{abs(difference):.1f} ± {error:.1f} points {'above' if difference > 0 else 'below'} full attention"
    return f"With {sparse.connected:.3g} of {sparse.blocks} connections the found network is {accuracy}."


def _root(row: Row) -> float:
    return math.sqrt(row.seeds) if row.seeds > 1 else 1.0
