import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from keras_ean.option_types import fits, type_faults


@dataclass
class Options:
    size: int | tuple[int, int] | None = None
    share: float | int = 0.1
    names: Sequence[str] = ()
    free: Any = None
    bare = None


@pytest.mark.parametrize(
    ("value", "hint", "right"),
    [
        (3, int, True),
        (np.int64(3), int, True),
        (3.0, int, False),
        (True, int, False),
        (1, bool, False),
        (np.float32(2), float, True),
        ("1", float, False),
        (math.nan, float | None, False),
        (None, float | None, True),
        (None, int, False),
        ((3, 3), tuple[int, ...], True),
        ([3, 3.5], tuple[int, ...], False),
        ([3, 3, 3], tuple[int, int], False),
        ("33", Sequence[str], False),
        (["a"], Sequence[str], True),
        ([], str, False),
        (object(), np.ndarray, True),
        (object(), Any, True),
    ],
)
def test_what_fits_a_hint(value, hint, right):
    assert fits(value, hint) is right


def test_all_faults_are_told_in_words():
    assert type_faults(Options, {"size": [3, 3], "share": 1, "names": ["a"], "free": math.nan, "other": 1}) == []
    assert type_faults(Options, {"size": "x", "share": math.inf, "names": "ab"}) == [
        "size is a whole number or a list of 2 (a whole number each) or none, not 'x'",
        "share is a finite number, not inf",
        "names is a list (text each), not 'ab'",
    ]
