import io

import pytest
from rich.console import Console

from keras_ean.run.report import comparison


def training(name, accuracy, scheme="10 01", **changes):
    facts = {"images": 400, "parameters": 1000, "latency_ms": 2.0}
    return {"name": name, "scheme": scheme, "accuracy": accuracy, **facts, **changes}


def test_one_seed_has_the_standard_error_of_the_test_set():
    [row] = comparison.rows([training("found", 0.8)])
    assert row.spread == pytest.approx((0.8 * 0.2 / 400) ** 0.5)
    assert (row.connected, row.blocks) == (2, 4)


def test_several_seeds_have_their_mean_and_standard_deviation():
    [row] = comparison.rows([training("random", 0.7), training("random", 0.9, "11 10", parameters=2000)])
    assert row.accuracy == pytest.approx(0.8)
    assert row.spread == pytest.approx(2**0.5 / 10)
    assert row.scheme == "2 schemes"
    assert row.connected == 2.5
    assert row.parameters == 1500


def test_increments_are_over_the_plain_backbone():
    rows = comparison.rows([training("plain", 0.5, "00 00"), training("found", 0.6, parameters=1100, latency_ms=2.2)])
    text = comparison.markdown(rows, 64)
    assert "1,100 +10.00%" in text
    assert "2.20 +10%" in text
    assert "| 1,000 |" in text
    buffer = io.StringIO()
    Console(file=buffer, width=80).print(comparison.rich_table(rows, "title", 64))
    assert "0.6" not in buffer.getvalue()
    assert "60.0 ± 2.4" in buffer.getvalue()


@pytest.mark.parametrize(
    ("found", "words"),
    [(0.80, "within the noise"), (0.95, "above full attention"), (0.60, "below full attention")],
)
def test_the_verdict_knows_noise(found, words):
    rows = comparison.rows([training("shared", 0.8, "11 11"), training("found", found)])
    assert words in comparison.verdict(rows)


def test_no_verdict_without_a_rival():
    assert comparison.verdict(comparison.rows([training("found", 0.8)])) == ""
