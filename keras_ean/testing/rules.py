"""A rule of a contract: whatever goes wrong under it is reported as its breach."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def rule(text: str) -> Iterator[None]:
    """AssertionError with the rule and what was found, for every exception inside.

    Example:
        >>> with rule("Two and two make four."):
        ...     expect(2 + 2 == 5, "They make 5.")
        Traceback (most recent call last):
        ...
        AssertionError: Rule broken: Two and two make four.
        They make 5.
    """
    try:
        yield
    except Exception as error:
        found = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        raise AssertionError(f"Rule broken: {text}\n{found}") from error


def expect(fact: object, otherwise: str) -> None:
    """AssertionError that says what was found, unless the fact is true."""
    if not fact:
        raise AssertionError(otherwise)


def expect_refusal(call, what: str, error: type[Exception] = ValueError) -> None:
    """AssertionError unless `call()` raises an error of this kind, which has to say something."""
    try:
        call()
    except error as reason:
        expect(bool(str(reason)), f"The {error.__name__} for {what} says nothing.")
    else:
        raise AssertionError(f"There is no {error.__name__} for {what}.")


@contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """The generators that Python and NumPy share among all code start from `seed` inside, and go on afterwards as if
    nothing had been: what depends on a seed of its own does not notice."""
    before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
