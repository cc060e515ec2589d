"""Options of search algorithms, and of the oracles that are made of them."""

import inspect

from keras_ean.option_types import fits
from keras_ean.search.algorithms.searcher import Searcher

FROM_HOST = ("self", "stages", "samples", "seed", "admits")
"""Arguments that every searcher has."""


def own_options(searcher: type[Searcher]) -> dict[str, inspect.Parameter]:
    """The arguments of a searcher that are no other searcher's."""
    parameters = inspect.signature(searcher.__init__).parameters
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {name: one for name, one in parameters.items() if one.kind in named and name not in FROM_HOST}


def check_limits(
    max_steps: int = 1, max_schemes: int | None = None, lease: float = 0.0, tolerance: float | None = None
) -> None:
    """ValueError for arguments of an oracle that leave it nothing to do, or no time."""
    for name, most in {"max_steps": max_steps, "max_schemes": 1 if max_schemes is None else max_schemes}.items():
        if not fits(most, int) or most < 1:
            raise ValueError(f"{name} is a positive whole number, not {most!r}.")
    if not lease >= 0:
        raise ValueError(f"lease is a number of seconds, 0 or more, not {lease!r}.")
    if tolerance is not None and not (fits(tolerance, float) and tolerance >= 0):
        raise ValueError(f"tolerance is a difference of rewards, 0 or more, not {tolerance!r}.")


def signature(searcher: type[Searcher], oracle: type) -> inspect.Signature:
    """The arguments of an oracle, and the searcher's own options in place of **options."""
    *common, _ = inspect.signature(oracle).parameters.values()
    own = (one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own_options(searcher).values())
    return inspect.Signature([*common, *own])
