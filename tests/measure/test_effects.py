"""Main effects: exact on complete tables, honest under noise, silent where nothing can be told."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keras_ean import Scheme
from keras_ean.measure.effects import effects, effects_of
from keras_ean.search import Reward
from keras_ean.search.evaluation import Evaluation

EVERY = np.array(list(product((0, 1), repeat=5)))
EFFECTS = np.array([2.0, -1.0, 0.5, 0.0, -3.0])


@settings(max_examples=25, deadline=None)
@given(arrays(float, 32, elements=st.floats(-10, 10)))
def test_on_a_complete_table_an_effect_is_the_mean_with_less_the_mean_without(scores):
    found = effects(EVERY, scores, (2, 3))
    for block in range(5):
        on = EVERY[:, block] == 1
        assert found.blocks[block].effect == pytest.approx(scores[on].mean() - scores[~on].mean(), abs=1e-9)


def test_intervals_hold_the_true_effect_as_often_as_they_say():
    random = np.random.default_rng(0)
    hits = []
    for _ in range(200):
        bits = random.integers(0, 2, (20, 5))
        found = effects(bits, bits @ EFFECTS + random.normal(size=20))
        hits += [block.low <= true <= block.high for block, true in zip(found.blocks, EFFECTS, strict=True)]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)


def test_a_block_is_on_off_or_undecided_by_its_price():
    scores = EVERY @ EFFECTS + 0.2 * np.random.default_rng(0).normal(size=32)
    found = effects(EVERY, scores, (2, 3), price=[0.5, 0, 0.5, 0, 0])
    assert [block.decided for block in found.blocks] == ["on", "off", "undecided", "undecided", "off"]
    assert found.undecided == (2, 3)
    assert found.scheme.bits[0] == 1
    assert found.scheme.stages == (2, 3)
    assert found.probabilities[0] > 0.999
    assert found.probabilities[4] < 0.001
    text = str(found)
    assert "0 (stage 0)" in text
    assert "undecided: 2, 3" in text
    assert len(text.splitlines()) == 1 + 5 + len(found.interactions) + 1


def test_interactions_of_neighbours_and_stages_are_told_where_there_are_enough_schemes():
    signs = 2 * EVERY - 1
    scores = EVERY @ EFFECTS + signs[:, 1] * signs[:, 2] + signs[:, :2].mean(axis=1) * signs[:, 2:].mean(axis=1)
    found = {pair.name: pair for pair in effects(EVERY, scores, (2, 3)).interactions}
    assert list(found) == ["0×1", "1×2", "2×3", "3×4", "stages 0×1"]
    assert found["1×2"].effect == pytest.approx(2)
    assert found["stages 0×1"].effect == pytest.approx(2)
    assert found["0×1"].effect == pytest.approx(0, abs=1e-9)
    assert effects(EVERY[::2], scores[::2], (2, 3)).interactions == ()


def test_without_noise_to_judge_by_nothing_is_decided():
    bits = np.concatenate([np.zeros((1, 5), int), np.eye(5, dtype=int)])
    found = effects(bits, bits @ EFFECTS)
    assert [block.effect for block in found.blocks] == pytest.approx(EFFECTS)
    assert found.undecided == (0, 1, 2, 3, 4)


def test_blocks_that_the_schemes_do_not_tell_apart_have_no_estimate():
    bits = np.random.default_rng(0).integers(0, 2, (40, 5))
    bits[:, 1], bits[:, 3] = bits[:, 0], 1
    found = effects(bits, bits @ EFFECTS)
    assert [np.isinf(block.error) for block in found.blocks] == [True, True, False, True, False]
    assert found.blocks[4].effect == pytest.approx(-3)
    assert found.probabilities[0] == 0.5


def test_several_scores_of_a_scheme_are_averaged_however_they_come():
    scores = np.random.default_rng(0).normal(size=(32, 3))
    assert effects(EVERY, scores) == effects(np.repeat(EVERY, 3, axis=0), scores.ravel())


def test_what_main_effects_leave_out_is_no_error_of_a_complete_table():
    random = np.random.default_rng(0)
    rest = random.normal(size=32)
    scores = (EVERY @ EFFECTS + 10 * rest)[:, None] + 0.1 * random.normal(size=(32, 8))
    complete = effects(EVERY, scores).blocks[0].error
    assert complete == pytest.approx(2 * 0.1 / np.sqrt(32 * 8), rel=0.2)
    assert effects(EVERY[:16], scores[:16]).blocks[1].error > 20 * complete


@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_objective_and_its_price_come_from_the_evaluations(direction):
    reward, stages = Reward(sparsity_weight=0.05), (2, 3)
    evaluations = []
    for bits in EVERY.tolist():
        metrics = {"accuracy": 0.5 + (0.01 if direction == "max" else -0.01) * float(EFFECTS @ bits)}
        parts = reward.parts(Scheme(bits, stages), metrics, "accuracy", direction)
        evaluations.append(Evaluation(Scheme(bits, stages), parts.pop("reward"), parts))
    found = effects_of(evaluations, direction=direction)
    assert [block.effect for block in found.blocks] == pytest.approx(EFFECTS, abs=1e-9)
    assert [block.price for block in found.blocks] == pytest.approx([1.0] * 5)
    assert found.scheme == Scheme("10 000")


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"not \(32, 5\) and \(31,\)"):
        effects(EVERY, np.zeros(31))
    with pytest.raises(ValueError, match="have 6 blocks, but the bits have 5"):
        effects(EVERY, np.zeros(32), (3, 3))
    with pytest.raises(ValueError, match="No scheme was scored"):
        effects_of([])


def test_with_the_noise_of_the_images_intervals_hold_the_effect_on_all_images_and_without_it_they_do_not():
    random, blocks, images = np.random.default_rng(0), 8, 400
    held = {images: [], None: []}
    for _ in range(60):
        bits = random.integers(0, 2, (60, blocks))
        easy = random.normal(2, 2, size=images)
        own = 0.6 * random.normal(size=(blocks, images))
        scheme = 0.2 * random.normal(size=(60, images))  # More is left by what is right or wrong, and not between.
        accuracy = (easy + (bits - 0.5) @ own + scheme > 0).mean(axis=1)  # On all images every effect is 0.
        for with_images, hits in held.items():
            hits += [block.low <= 0 <= block.high for block in effects(bits, accuracy, images=with_images).blocks]
    assert 0.93 < np.mean(held[images]) < 0.98
    assert np.mean(held[None]) < 0.75


def test_where_all_schemes_answer_alike_nothing_is_decided_of_any_block():
    """Of 15 images all right: another image may well be answered differently."""
    found = effects(EVERY, np.full(32, 100.0), (2, 3), price=0.2, images=15, scale=100)
    assert found.undecided == (0, 1, 2, 3, 4)
    for block in found.blocks:
        assert block.effect == pytest.approx(0, abs=1e-9)
        assert block.error == pytest.approx(100 / np.sqrt(15 * 16), rel=1e-6)
        assert block.high == pytest.approx(-block.low, rel=1e-6)
        assert block.high > 10


def test_a_scheme_is_told_apart_from_what_its_blocks_speak_for_in_a_sentence():
    found = effects(
        EVERY, EVERY @ EFFECTS + 0.2 * np.random.default_rng(0).normal(size=32), (2, 3), [0.5, 0, 0.5, 0, 0]
    )
    assert f"are those of {found.scheme} too" in found.taken_alone(found.scheme)
    assert f"speak for {found.scheme} instead of 10 100: they differ only in blocks" in found.taken_alone("10 100")
    assert "within one scheme blocks 1 and 4 may be worth more" in found.taken_alone("11 001")


def test_places_of_several_modules_are_called_by_block_and_module():
    bits = np.array(list(product((0, 1), repeat=6)))
    found = effects(bits, bits @ [2.0, -1, 1, 0, 0, 0] + 0.1 * np.arange(64) % 0.3, (2, 4)).of("eca+se")
    assert [block.name for block in found.blocks] == ["0, ECA", "0, SE", "1, ECA", "1, SE", "2, ECA", "2, SE"]
    assert {"0, ECA × 0, SE", "stages 0×1"} <= {pair.name for pair in found.interactions}
    head, first, *_ = str(found).splitlines()
    assert head.split()[:2] == ["place", "effect"]
    assert first.startswith("0, ECA (stage 0) ")
    assert len({line.index(")") for line in str(found).splitlines()[1:7]}) == 1
    assert found.of("se") is found


def test_what_has_no_estimate_has_no_numbers():
    few = effects(np.array([[1, 0, 1], [1, 1, 1]]), np.array([0.5, 0.6]), (1, 2))
    assert str(few) == (
        "2 different schemes are too few to tell what each of 3 blocks is worth, or do not tell them apart: score more "
        "of them."
    )
    bits = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    some = str(effects(bits, np.array([0.5, 0.7, 0.6, 0.9])))
    assert "inf" not in some
    assert "no estimate" in some
