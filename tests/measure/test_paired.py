import numpy as np
import pytest
from scipy.stats import norm, t

from keras_ean.measure.paired import PairedScores


def drawn(random, networks=4, seeds=3, images=400, of_seeds=0.1, of_images=0.5):
    """Right or wrong answers of networks that are equally good in truth."""
    difficulty = random.normal(2, 2, size=images)
    own = random.normal(0, of_images, size=(networks, 1, images)) + random.normal(
        0, of_seeds, size=(networks, seeds, 1)
    )
    right = difficulty + own + random.normal(size=(networks, seeds, images)) > 0
    return {str(number): values for number, values in enumerate(right)}


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize(("of_seeds", "of_images"), [(0, 0), (0, 0.7), (0.1, 0.5), (0.3, 0.5)])
def test_intervals_hold_what_is_true_as_often_as_they_say(seeds, of_seeds, of_images):
    random, repeats = np.random.default_rng(1), 600
    found = [
        PairedScores(drawn(random, seeds=seeds, of_seeds=of_seeds, of_images=of_images)).difference("0", "1")
        for _ in range(repeats)
    ]
    held = np.mean([one.low <= 0 <= one.high for one in found])
    # Two standard errors of the simulation beside 93 to 97 %; with few seeds and none of their noise a little wider.
    assert 0.93 - 0.02 < held < 0.97 + 0.02


def test_without_noise_of_seeds_more_seeds_are_more_images_and_with_it_they_are_not():
    random = np.random.default_rng(0)
    few = PairedScores(drawn(random, seeds=3, images=4000, of_seeds=0.5)).difference("0", "1")
    assert few.of_seeds > few.of_rest / 4000
    assert few.half_width(3, 4000) == pytest.approx((few.high - few.low) / 2)
    # Of four networks, 3 · (seeds − 1) degrees of freedom.
    narrower = t.ppf(0.975, 33) / t.ppf(0.975, 6) / 2
    assert few.half_width(12, 4000) == pytest.approx(few.half_width(3, 4000) * narrower, rel=0.05)
    assert few.half_width(3, 400_000) > 0.8 * few.half_width(3, 4000)


def test_one_seed_is_a_paired_t_test_over_the_images():
    random = np.random.default_rng(0)
    first, second = (random.normal(size=(1, 50)) for _ in range(2))
    found = PairedScores({"a": first, "b": second}).difference("a", "b")
    values = (first - second)[0]
    half = t.ppf(0.975, 49) * values.std(ddof=1) / np.sqrt(50)
    assert (found.value, found.low, found.high) == pytest.approx(
        (values.mean(), values.mean() - half, values.mean() + half)
    )
    assert np.isnan(found.of_seeds)


def test_two_networks_with_noise_of_seeds_alone_are_a_paired_t_test_over_the_seeds():
    random = np.random.default_rng(0)
    shifts = random.normal(size=(2, 4, 1)) + np.zeros((2, 4, 30))
    found = PairedScores({"a": shifts[0], "b": shifts[1]}).difference("a", "b")
    values = (shifts[0] - shifts[1])[:, 0]
    half = t.ppf(0.975, 3) * values.std(ddof=1) / np.sqrt(4)
    assert found.high - found.value == pytest.approx(half)
    assert found.of_seeds == pytest.approx(values.var(ddof=1))


def test_a_difference_is_that_of_the_means_and_changes_its_sign_with_its_networks():
    scores = PairedScores(drawn(np.random.default_rng(3)))
    one, other = scores.difference("2", "0"), scores.difference("0", "2")
    assert one.value == pytest.approx(scores.mean("2") - scores.mean("0"))
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_networks_that_answer_alike_are_not_taken_for_equal_and_no_difference_is_beyond_1():
    alike = {"a": np.ones((3, 50)), "b": np.ones((3, 50))}
    found = PairedScores(alike).difference("a", "b")
    # Of 50 images the answers to 6 in 100 might differ unseen (the rule of three), half of them for either network.
    assert found.value == 0
    assert 0.02 < found.high < 0.06
    assert found.low == -found.high
    apart = PairedScores({"a": np.ones((3, 4)), "b": np.zeros((3, 4))}).difference("a", "b")
    assert apart.low > 0
    assert apart.high == 1


def test_the_interval_of_an_accuracy_holds_it_and_stays_within_0_and_1():
    random, repeats = np.random.default_rng(0), 300
    truth = norm.cdf(2 / np.sqrt(2**2 + 0.5**2 + 0.3**2 + 1))
    held = []
    for _ in range(repeats):
        scores = PairedScores(drawn(random, seeds=3, images=60, of_seeds=0.3))
        low, high = scores.interval("0")
        assert 0 <= low <= scores.mean("0") <= high <= 1
        held.append(low < truth < high)
    assert np.mean(held) > 0.9


def test_the_interval_of_other_scores_is_the_normal_one():
    values = np.array([[0.1, 0.2, 0.4, 0.9]])
    low, high = PairedScores({"a": values, "b": np.zeros((1, 4))}).interval("a")
    half = t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert (low, high) == pytest.approx((0.4 - half, 0.4 + half))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"a": np.zeros((2, 5))}, "two networks or more"),
        ({"a": np.zeros((2, 5)), "b": np.zeros((2, 6))}, r"\(2, 6\)"),
        ({"a": np.zeros(5), "b": np.zeros(5)}, "seeds, images"),
        ({"a": np.zeros((2, 1)), "b": np.zeros((2, 1))}, "at least two"),
        ({"a": np.zeros((1, 5)), "b": np.full((1, 5), np.nan)}, "finite"),
    ],
)
def test_what_is_no_paired_scores_is_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        PairedScores(scores)
