import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_ean import Scheme
from keras_ean.bench import Table
from keras_ean.bench.table import numbered

STAGES = (2, 1)


def table(seeds=3, epochs=2):
    draw = np.random.default_rng(0)
    return Table(
        schemes=[numbered(number, STAGES) for number in range(8)],
        accuracy=draw.uniform(size=(8, seeds)).astype("float32"),
        curves=draw.uniform(size=(8, seeds, epochs)).astype("float32"),
        parameters=draw.uniform(size=8),
        flops=draw.uniform(size=8),
        latency_ms=draw.uniform(size=8).astype("float32"),
        facts={"commit": "abc"},
    )


def test_saved_and_read(tmp_path):
    written = table()
    written.save(tmp_path / "t.npz")
    read = Table.read(tmp_path / "t.npz")
    assert read.schemes == written.schemes
    assert read.stages == STAGES
    assert read.facts == written.facts
    for name in ("accuracy", "curves", "parameters", "flops", "latency_ms", "bits"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


def test_rows_hold_the_bits_of_their_number():
    assert str(numbered(5, STAGES)) == "10 1"
    assert table().row("10 1") == 5


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=3).flatmap(
        lambda stages: st.tuples(st.just(tuple(stages)), st.integers(0, 2 ** sum(stages) - 1))
    )
)
def test_row_and_number_are_inverse(case):
    stages, number = case
    scheme = numbered(number, stages)
    assert isinstance(scheme, Scheme)
    assert int("".join(map(str, scheme.bits)), 2) == number


def test_a_scheme_of_other_stages_is_refused():
    with pytest.raises(ValueError, match="stages"):
        table().row(Scheme("1 1"))
