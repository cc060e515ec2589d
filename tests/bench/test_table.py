import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.bench import Table

STAGES = (2, 1)


def table(seeds=3, epochs=2):
    draw = np.random.default_rng(0)
    return Table(
        schemes=list(Scheme.every(STAGES)),
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
    assert [table().row(scheme) for scheme in ("00 0", "10 1", "11 1")] == [0, 5, 7]


def test_a_scheme_of_other_stages_is_refused():
    with pytest.raises(ValueError, match="stages"):
        table().row(Scheme("1 1"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": np.array([30, 30])}, r"stages \(30, 30\) have 2\^60 schemes, but it has rows for"),
        ({"stages": np.array([2, -1])}, "positive number of blocks"),
        ({"accuracy": np.zeros((7, 3))}, "rows for"),
        ({"accuracy": np.full((8, 3), np.nan)}, "not finite"),
        ({"curves": np.zeros(8)}, "other shapes"),
        ({"facts": np.array("{")}, "property name"),
        ({"flops": None}, "flops"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path, change, message):
    table().save(tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as arrays:
        values = {name: value for name, value in {**arrays, **change}.items() if value is not None}
    np.savez(tmp_path / "t.npz", **values)
    with pytest.raises(ValueError, match=f"t.npz is no table of EAN-Bench: .*{message}"):
        Table.read(tmp_path / "t.npz")
