"""What an oracle is told of limits that leave it nothing to do, and the options that it has of its searcher."""

import re

import pytest

from keras_ean.search.algorithms.evolution import Evolution
from keras_ean.search.algorithms.options import check_limits, own_options, signature
from keras_ean.search.host.oracle import SchemeOracle

COUNTS = (0, -1, 1.5, True)
NEGATIVE = (-0.5, float("nan"))


@pytest.mark.parametrize(
    ("option", "wrong", "message"),
    [
        ("max_steps", COUNTS, "a positive whole number"),
        ("max_schemes", COUNTS, "a positive whole number"),
        ("lease", NEGATIVE, "a number of seconds, 0 or more"),
        ("tolerance", NEGATIVE, "a difference of rewards, 0 or more"),
    ],
)
def test_limits_that_leave_nothing_to_do_are_named(option, wrong, message):
    for value in wrong:
        with pytest.raises(ValueError, match=f"^{re.escape(f'{option} is {message}, not {value!r}.')}$"):
            check_limits(**{option: value})


def test_the_least_limits_and_none_are_taken():
    check_limits()
    check_limits(max_steps=1, max_schemes=1, lease=0.0, tolerance=0.0)
    check_limits(max_steps=2, max_schemes=None, tolerance=None)


def test_an_oracle_shows_the_options_of_its_searcher_in_place_of_any():
    own = own_options(Evolution)
    assert list(own) == ["population", "tournament", "crossover", "flips"]
    shown = signature(Evolution, SchemeOracle).parameters
    assert list(shown)[-4:] == list(own)
    assert all(shown[name].kind is shown[name].KEYWORD_ONLY for name in own)
    assert "options" not in shown
