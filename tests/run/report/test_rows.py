import io

import pytest
from rich.console import Console

from keras_ean.run.report import markdown, mean_spread, rows
from keras_ean.run.report.table import rich_table
from keras_ean.run.unit import Unit


def training(name, accuracy, scheme="10 01", **changes):
    facts = {"images": 400, "parameters": 1000, "flops": 200, "latency_ms": 2.0}
    return {"name": name, "scheme": scheme, "accuracy": accuracy, **facts, **changes}


def test_one_seed_has_the_standard_error_of_the_test_set():
    [row] = rows([training("found", 0.8)])
    assert row.spread == pytest.approx((0.8 * 0.2 / 400) ** 0.5)
    assert (row.connected, row.blocks, row.on) == (2, 4, "2/4")


def test_the_standard_error_is_of_as_many_images_as_show_something_else():
    [row] = rows([training("found", 0.8, independent=100.0)])
    assert row.spread == pytest.approx((0.8 * 0.2 / 100) ** 0.5)


def test_one_seed_of_another_objective_has_no_error_of_a_share():
    found = rows([training("plain", 0.4, "00 00"), training("found", 0.3)])
    text = markdown(found, unit=Unit("mae", "min"))
    assert "| 0.3 |" in text
    assert "mae is that of the test images, of one seed. 'Measured ms'" in text


def test_several_seeds_have_their_mean_and_standard_deviation():
    [row] = rows([training("random", 0.7), training("random", 0.9, "11 10", parameters=2000)])
    assert row.accuracy == pytest.approx(0.8)
    assert row.spread == pytest.approx(2**0.5 / 10)
    assert row.scheme == "2 schemes"
    assert (row.connected, row.on) == (2.5, "2.5/4 on average")
    assert row.parameters == 1500


def test_what_is_of_a_mean_and_what_of_the_first_scheme_is_told():
    drawn = [training("random", 0.7, "10 00"), training("random", 0.9, "00 00"), training("random", 0.9, "01 00")]
    text = markdown(rows([training("plain", 0.5, "00 00"), *drawn]))
    assert "| `3 schemes` | 0.7/4 on average |" in text
    assert "Of random every seed has a scheme of its own: 'on' and parameters are means over these" in text
    assert "the time is that of the first, 10 00." in text
    assert "every seed" not in markdown(rows([training("plain", 0.5, "00 00")]))


def test_increments_are_over_the_plain_backbone():
    found = rows([training("plain", 0.5, "00 00"), training("found", 0.6, parameters=1100, latency_ms=2.2)])
    text = markdown(found, 64)
    assert "1,100 +10.00%" in text
    assert "2.20 +10%" in text
    assert "| 1,000 |" in text
    assert "found: what the search finds." in text
    buffer = io.StringIO()
    Console(file=buffer, width=80).print(rich_table(found, "title", 64))
    assert "0.6" not in buffer.getvalue()
    assert "60.0 ± 2.4" in buffer.getvalue()
    assert "| found (recommended) |" in markdown(found, 64, recommended="found")
    assert "recommended" not in text


def test_a_narrow_terminal_shows_every_number_whole():
    times = {"latency_ms": 122.38, "latency_range_ms": 18.1}
    found = rows([training("plain", 0.5, "000 000 000", **times), training("shared", 0.6, "111 111 111", **times)])
    buffer = io.StringIO()
    Console(file=buffer, width=80).print(rich_table(found, "title", recommended="shared"))
    for cell in ("0/9", "9/9", "50.0 ± 2.5", "60.0 ± 2.4", "1,000 +0.00%", "122.38 ± 9.05", "(+0%)", "(recommended)"):
        assert cell in buffer.getvalue(), cell
    large = {**times, "parameters": 25_557_032}
    schemes = {"plain": "000 0000 000000 000", "shared_folded": "111 1111 111111 111"}
    buffer = io.StringIO()
    found = rows([training(name, 0.5, scheme, **large) for name, scheme in schemes.items()])
    Console(file=buffer, width=80).print(rich_table(found, "title", recommended="shared_folded"))
    words = buffer.getvalue().split()
    for cell in ("16/16", "25,557,032", "+0.00%", "122.38", "9.05", "(+0%)", "(recommended)"):
        assert cell in words, cell


def test_times_have_the_range_of_their_calls_where_it_was_kept():
    times = [("plain", 2.0, 0.3), ("shared", 2.5, 0.25), ("found", 1.996, 0.25)]
    found = rows([training(name, 0.5, latency_ms=ms, latency_range_ms=spread) for name, ms, spread in times])
    text = markdown(found)
    assert "| 2.00 ± 0.15 |" in text
    assert "| 2.50 ± 0.12 +25% |" in text
    assert "| 2.00 ± 0.12 (+0%) |" in text  # And not -0 %; in brackets, since it may be nothing.
    assert "in brackets where these ranges overlap" in text
    assert "the range of the middle half" in text
    assert "the range of the middle half" not in markdown(rows([training("plain", 0.5)]))


def test_costs_that_one_of_two_does_not_know_are_not_compared():
    plain, found = rows([training("plain", 0.5, flops=None), training("found", 0.6, flops=220)])
    known, _ = rows([training("plain", 0.5), training("found", 0.6)])
    assert found.over(plain, "flops") is None
    assert found.over(known, "flops") == pytest.approx(10)
    assert found.over(None, "parameters") is None


def test_what_is_compared_has_the_title_of_the_one_list():
    titles = [row.title for row in rows([training("heuristic", 0.5), training("other", 0.5)])]
    assert titles == ["evenly spaced", "other"]
    assert mean_spread([1.0, 2.0, 3.0], 2) == "2.00 ± 1.00"
