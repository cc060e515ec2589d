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
