import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_ean.data.stratified import stratified


@given(st.lists(st.integers(4, 30), min_size=1, max_size=5), st.floats(0.05, 0.6), st.integers(0, 99))
def test_every_class_gives_its_share(counts, share, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    kept, held = stratified(labels, share, seed)
    assert sorted([*kept, *held]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        assert (labels[held] == label).sum() == max(1, round(share * count))
    assert all(np.array_equal(a, b) for a, b in zip(stratified(labels, share, seed), (kept, held)))


@given(st.lists(st.integers(0, 12), min_size=6, max_size=60), st.integers(0, 99))
def test_copies_stay_on_one_side(groups, seed):
    groups = np.array([*groups, 100, 101])
    kept, held = stratified(np.zeros(len(groups), int), 0.3, seed, groups)
    assert not set(groups[kept]) & set(groups[held])
    assert len(kept)
    assert len(held)


def test_a_number_per_class_is_exact():
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    _, held = stratified(labels, 7, seed=0)
    assert np.bincount(labels[held]).tolist() == [7, 7, 7]


def test_other_seeds_hold_out_other_images():
    labels = np.repeat([0, 1], 50)
    assert not np.array_equal(stratified(labels, 0.5, 0)[1], stratified(labels, 0.5, 1)[1])


@pytest.mark.parametrize("held_out", [0, -1, 0.0, 1.0, 1.5, True])
def test_shares_out_of_range(held_out):
    with pytest.raises(ValueError, match="a share between 0 and 1, or an integer number"):
        stratified(np.repeat([0, 1], 5), held_out, seed=0)


@pytest.mark.parametrize("held_out", [0.5, 1, 3])
def test_a_class_too_small_is_named(held_out):
    with pytest.raises(ValueError, match=r"Class 'dog' has 1 image\(s\) left"):
        stratified(np.array([0] * 9 + [1]), held_out, seed=0, class_names=("cat", "dog"))


def test_a_class_of_copies_only_cannot_be_split():
    with pytest.raises(ValueError, match=r"1 different one\(s\)"):
        stratified(np.zeros(4, int), 0.5, seed=0, groups=np.zeros(4, int))
