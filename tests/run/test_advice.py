import re

import numpy as np
import pytest

from keras_ean.measure.paired import Difference
from keras_ean.run.advice import what_decides
from tests.run.test_verdict import verdict

SEEDS, IMAGES = 3, 1000


def difference(value, of_seeds=0.0, of_images=0.02, of_rest=0.05):
    return Difference(value, value, value, of_seeds, of_images, of_rest, 0.95, networks=4)


def advised(text):
    """Seeds in all, and test images in all, or None."""
    seeds, images = re.search(r"--seeds (\d+)", text), re.search(r"about ([\d,]+) more test images", text)
    return seeds and int(seeds[1]), images and IMAGES + int(images[1].replace(",", ""))


@pytest.mark.parametrize(
    ("value", "tolerance", "half"),
    [
        (0.02, 0.005, 0.014),  # Pays, with room for another draw of the noise.
        (-0.01, 0.005, 0.0105),  # Does not pay.
        (0.0025, 0.005, 0.0025),  # One or the other: the interval cannot reach from below 0 to above the tolerance.
        (0.004, 0.0, 0.0028),
        (-0.004, 0.0, 0.0028),
    ],
)
def test_so_many_that_the_interval_is_narrow_enough_for_the_answer_that_it_would_give(value, tolerance, half):
    one = difference(value)
    text = what_decides([one, one], SEEDS, 500, tolerance)
    found = int(re.search(r"about ([\d,]+) more test images", text)[1].replace(",", "")) + 500
    assert one.half_width(SEEDS, found) == pytest.approx(half, rel=0.06)
    assert f"to tell a difference of {100 * (max(value, tolerance) or -value):.2g} points from none" in text


def test_images_that_show_the_same_are_advised_as_other_things_to_show():
    one = difference(0.02)
    alone, several = (what_decides([one, one], SEEDS, 500, 0.005, subjects=shown) for shown in ("", "125 originals"))
    found = int(re.search(r"about ([\d,]+) more originals, with as many images of each", several)[1].replace(",", ""))
    images = int(re.search(r"about ([\d,]+) more test images", alone)[1].replace(",", ""))
    assert found == pytest.approx(images / 4, rel=0.05)
    assert "test images" not in several


def test_the_noise_of_seeds_is_met_by_seeds_and_not_by_images():
    one = difference(0.01, of_seeds=0.0003, of_images=0.002, of_rest=0.01)
    seeds, images = advised(what_decides([one, one], SEEDS, IMAGES, 0.005))
    assert images is None
    assert one.half_width(seeds, IMAGES) <= 0.007 < one.half_width(seeds - 1, IMAGES)


def test_both_networks_with_attention_must_be_shown_not_to_pay_but_one_to_pay_is_enough():
    quiet, noisy = difference(0.0), difference(0.0, of_images=0.2)
    assert advised(what_decides([quiet, noisy], SEEDS, IMAGES, 0.005)) == advised(
        what_decides([noisy, noisy], SEEDS, IMAGES, 0.005)
    )
    quiet = difference(0.009)
    assert advised(what_decides([quiet, noisy], SEEDS, IMAGES, 0.005)) == advised(
        what_decides([quiet, quiet], SEEDS, IMAGES, 0.005)
    )


def test_where_neither_is_enough_both_together_are_advised_and_where_nothing_is_that_is_said():
    both = difference(0.01, of_seeds=0.001, of_images=0.3)
    assert re.search("about \\d+ times as many seeds and test images together", what_decides([both], 3, IMAGES, 0.005))
    assert "in any number that can be had" in what_decides([difference(0.0)], SEEDS, IMAGES, 0.0)
    assert "--seeds 3" in what_decides([difference(0.01)], 1, IMAGES, 0.005)


def test_the_numbers_are_of_the_right_order():
    """Were the differences what they were measured to be, so many would decide most cases, and a tenth few of them."""
    decided, with_a_tenth = [], []
    for seed in range(40):
        options = {"noise": 0.1, "spread": 0.004, "images": IMAGES, "random_seed": seed}
        found = verdict(plain=0.86, found=0.875, shared=0.87, **options)
        if found.pays != "undecided":
            continue
        seeds, images = advised(found.advice()[0])
        true = {"plain": 0.86, "found": 0.86 + found.gain.value, "shared": 0.86 + found.everywhere.value}
        for share, hits in ((1.0, decided), (0.1, with_a_tenth)):
            more = {"seeds": max(2, round(share * seeds))} if seeds else {"images": round(share * images)}
            hits.append(verdict(**true, **{**options, "random_seed": seed + 100, **more}).pays != "undecided")
    assert len(decided) > 15
    assert np.mean(decided) > 0.6
    assert np.mean(with_a_tenth) < 0.6 * np.mean(decided)
