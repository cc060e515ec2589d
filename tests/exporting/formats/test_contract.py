"""The library's formats keep the contract that `keras_ean.testing` has for those of others.

The format keras is tried, on every backend, by the example of `check_format`.
"""

import pytest

from keras_ean.exporting import formats
from keras_ean.testing import check_format


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here")  # tests/exporting/test_matrix.py does without.
@pytest.mark.parametrize("name", sorted({*formats.available()} - {"keras"}))
def test_keeps_the_contract(name):
    check_format(name)
