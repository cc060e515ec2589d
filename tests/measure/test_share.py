import numpy as np
import pytest
from scipy.stats import binomtest

from keras_ean.measure.share import share_interval


@pytest.mark.parametrize(("right", "number"), [(0, 20), (13, 20), (20, 20), (499, 500), (860, 1000)])
def test_without_other_noise_it_is_wilsons_interval(right, number):
    truth = binomtest(right, number).proportion_ci(0.95, method="wilson")
    assert share_interval(right / number, number) == pytest.approx((truth.low, truth.high))


@pytest.mark.parametrize("share", [-0.02, 0.0, 0.5, 0.98, 1.0, 1.21])
@pytest.mark.parametrize("other", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("number", [10, 10**6])
def test_it_holds_the_estimate_and_stays_within_what_is_possible(share, other, number):
    low, high = share_interval(share, number, other)
    assert 0 <= low <= min(1, max(0, share)) <= high <= 1


def test_other_noise_widens_it_as_variances_add_up_and_by_no_more_at_an_end():
    low, high = share_interval(0.7, 2000, 0.03)
    assert (high - low) / 2 == pytest.approx(np.hypot(0.03, 1.96 * np.sqrt(0.7 * 0.3 / 2000)), rel=0.02)
    assert share_interval(1.0, 10**6, 0.01)[0] == pytest.approx(0.99, abs=0.003)
    assert share_interval(0.98, 600, 0.02)[1] < 1
