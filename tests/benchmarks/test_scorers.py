"""benchmarks/scorers.py: which scheme scores name, and what it is compared with."""

from types import SimpleNamespace

import numpy as np
import pytest

import keras_ean as ean


@pytest.fixture
def table():
    """Of two blocks; the first is worth 10 points, the second nothing."""
    schemes = list(ean.Scheme.every((1, 1)))
    bits = np.array([scheme.bits for scheme in schemes])
    accuracy = 0.8 + 0.1 * bits[:, :1] + np.array([[-0.01, 0.01, -0.01, 0.01]])
    return SimpleNamespace(bits=bits, accuracy=accuracy, schemes=schemes)


def test_the_cheapest_scheme_within_the_tolerance_is_named(table):
    import named_schemes

    scores = np.array([0.80, 0.79, 0.897, 0.90])
    assert named_schemes.named(scores, table, 0.005) == 2
    assert named_schemes.named(scores, table, 0.0) == 3


def test_what_the_named_scheme_lacks(table):
    import named_schemes

    assert named_schemes.best(table) == pytest.approx(0.9)
    right, wrong = [0.1, 0.2, 0.9, 0.8], [0.9, 0.2, 0.1, 0.1]
    small, large = [0.9, 0.8, 0.1, 0.2], [0.1, 0.8, 0.9, 0.9]
    cases = [
        {"kind": "training", "spent": 2.0, "scores": {}},
        {"kind": "a", "scores": {"held": {"accuracy": right, "loss": small, "spent": 3.0}}},
        {"kind": "b", "scores": {"held": {"accuracy": wrong, "loss": large, "spent": 4.0}}},
    ]
    first, by_loss, second, misled, none, everywhere, _ = named_schemes.rows(table, cases)

    assert first.startswith("| a | held | 0.0 | 1 |")
    assert first.endswith("| 1.5 |")
    assert by_loss.startswith("| a | held, by loss | 0.0 | 1 | 0.0 |")
    assert misled.startswith("| b | held, by loss | 10.0 | 0 | 10.0 |")
    assert second.startswith("| b | held | 10.0 | 0 |")
    assert none.startswith("| without a search | no attention | 10.0 | 0 |")
    assert everywhere.startswith("| without a search | everywhere | 0.0 | 2 |")


def test_a_scheme_that_never_fails_is_best_where_half_of_the_trainings_of_the_others_fail(table):
    import named_schemes

    fails = np.array(
        [[0.5, 0.5, 0.5, 0.5], [0.951, 0.951, 0.5, 0.5], [0.95, 0.95, 0.949, 0.95], [0.5, 0.5, 0.951, 0.951]]
    )
    named_on_halves = named_schemes.best(SimpleNamespace(bits=table.bits, accuracy=fails))
    assert 0.945 < named_on_halves < 0.95


def test_a_table_that_is_not_measured_again_stays_on_the_page(tmp_path):
    import scorers

    page = "\n".join(scorers.report(tmp_path, "# Which\n\n## cue-3\n\n| as it was |\n\n## spacing-3\n\n| too |\n"))
    assert page.endswith("## cue-3\n\n| as it was |\n\n## spacing-3\n\n| too |")


def test_blocks_go_one_by_one_while_the_score_stays(table):
    import named_schemes

    needs_one_of_two = np.array([0.5, 0.9, 0.898, 0.9])
    assert named_schemes.stripped(needs_one_of_two, table, 0.005) == 1
    assert named_schemes.stripped(needs_one_of_two - [0, 0.01, 0.012, 0], table, 0.005) == 3
    assert named_schemes.stripped(np.array([0.897, 0.894, 0.904, 0.9]), table, 0.005) == 2
    assert named_schemes.stripped(np.array([0.9, 0.9, 0.9, 0.9]), table, 0.0) == 0


def test_a_training_with_attention_everywhere_is_stripped_too(table):
    import named_schemes

    one = {"kind": "everywhere", "scores": {"tuned": {"accuracy": [0.1, 0.2, 0.9, 0.9], "spent": 3.0}}}
    tuned, stripped, *_ = named_schemes.rows(table, [one])
    assert tuned.startswith("| everywhere | tuned | 0.0 | 1 |")
    assert stripped.startswith("| everywhere | tuned, block by block | 0.0 | 1 | | |")


def test_rows_that_are_not_measured_again_stay_on_the_page():
    import merged_rows

    before = (
        "At a.\n\n| kind | score | tau |\n|---|---|--:|\n| a | old | 1 |\n| c | gone | 2 |\n| none | z | 3 |\n\nText."
    )
    fresh = ["| c | x | 5 | 6 |", "| a | old | 7 | 8 |", "| none | z | 9 |  |", "| none | all |  |  |"]
    lines, some_are_old = merged_rows.merged(fresh, before, ["kind", "score", "cost", "tau"], "none")
    assert lines == [fresh[1], "| c | gone |  | 2 |", *(fresh[row] for row in (0, 2, 3))]
    assert some_are_old
    again = merged_rows.merged(
        [], "\n".join(["| kind | score | cost | tau |", *lines]), ["kind", "score", "cost", "tau"], "none"
    )
    assert again == (lines, True)
    assert merged_rows.merged(fresh, "", ["kind", "score", "cost", "tau"], "none")[1] is False


def test_a_section_of_a_page():
    import merged_rows

    page = "# Which\n\n## one\n\n| a |\n\n## two\n\n| b |\n"
    assert merged_rows.section(page, "\n## one\n") == "| a |"
    assert merged_rows.section(page, "\n## three\n") == ""
