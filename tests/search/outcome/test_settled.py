"""When a search is settled: no scheme can be better by what matters."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import Cost, Evaluation, GaussianProcess, Reward
from keras_ean.search.algorithms import lookup
from keras_ean.search.answers import to_text
from keras_ean.search.host.ledger import Ledger
from keras_ean.search.host.plan import Plan
from keras_ean.search.outcome import differences, strongest_rival
from keras_ean.search.outcome import settled as module
from keras_ean.search.outcome.estimate import Estimate
from keras_ean.search.outcome.settled import Rival, climbed, noise, settled, starts

EFFECTS = np.array([0.03, -0.02, 0.01, 0.02, -0.01, 0.015, 0.0, -0.03])


def scored(count, blocks=8, luck=0.0):
    draw = np.random.default_rng(0)
    schemes = [Scheme(bits, (blocks,)) for bits in draw.integers(0, 2, (count, blocks)).tolist()]
    effects = np.resize(EFFECTS, blocks)
    return [
        Evaluation(one, float(0.7 + effects @ one.bits + luck * draw.normal()), step=i)
        for i, one in enumerate(dict.fromkeys(schemes))
    ]


@pytest.mark.parametrize("blocks", [8, 16])
def test_the_rival_is_the_best_scheme_where_scores_tell_all(blocks):
    found = strongest_rival(scored(60, blocks))
    best = np.resize(EFFECTS, blocks)
    lacking = best.clip(0).sum() - best @ found.named.bits
    assert best @ found.scheme.bits == pytest.approx(best.clip(0).sum(), abs=0.002)
    assert found.gain == pytest.approx(lacking, abs=0.004)


def test_a_rival_keeps_the_limits():
    evaluations = [one for one in scored(60) if sum(one.scheme.bits) <= 3]
    found = strongest_rival(evaluations, Reward(0.0, max_connections=3))
    assert sum(found.scheme.bits) <= 3


def test_the_gain_is_what_is_expected_of_the_scores_and_known_of_the_scheme_and_two_deviations():
    reward = Reward(0.05, (Cost("pairs", lambda one: sum(one.bits) ** 2, weight=0.001, limit=30),))
    evaluations = [
        Evaluation(one.scheme, one.reward + reward.known(one.scheme)) for one in scored(60) if reward.admits(one.scheme)
    ]
    bits = np.array([one.scheme.bits for one in evaluations])
    model = GaussianProcess(bits, np.array([one.reward - reward.known(one.scheme) for one in evaluations]))
    named = strongest_rival(evaluations, reward).named
    every = [one for one in Scheme.every((8,)) if reward.admits(one)]
    mean, deviation = model.ahead(np.array([one.bits for one in every]), np.array(named.bits))
    gains = mean + 2 * deviation + [reward.known(one) - reward.known(named) for one in every]
    first = int(gains.argmax())
    assert strongest_rival(evaluations, reward) == (named, every[first], pytest.approx(gains[first]))
    assert gains[first] > 0


def test_there_is_no_gain_where_no_other_scheme_keeps_the_limits():
    nothing = [Evaluation(Scheme("0" * 8), 0.7)]
    assert strongest_rival(nothing, Reward(0.0, max_connections=0)).gain == pytest.approx(0, abs=1e-9)


def test_with_more_than_12_blocks_bounds_are_climbed_to(monkeypatch):
    begun = []
    monkeypatch.setattr(module, "climbed", lambda bits, value: begun.append(bits) or bits)
    strongest_rival(scored(20, 12))
    assert not begun
    strongest_rival(scored(20, 13))
    assert len(begun) == 12


def test_climbs_start_from_the_six_best_and_six_random_schemes_within_the_limits():
    reward = Reward(0.0, max_connections=6)
    evaluations = [one for one in scored(200, 16) if reward.admits(one.scheme)]
    estimate = Estimate(evaluations, reward=reward)
    rows = np.array(starts(estimate))
    assert rows.shape == (12, 16)
    assert rows[:6].tolist() == [list(estimate.schemes[index].bits) for index in estimate.best(6)]
    assert rows.sum(axis=1).max() == 6
    assert len(np.unique(rows[6:], axis=0)) == 6
    free = np.array(starts(Estimate(scored(20, 300))))
    assert free[6:].mean() == pytest.approx(0.5, abs=0.05)
    assert len(starts(Estimate(scored(1, 16)))) == 7
    assert not np.array_equal(free[6:], starts(Estimate(scored(21, 300)))[6:])  # Other ones at another look.


def test_a_climb_ends_where_no_flip_is_worth_more_than_rounding():
    worth = np.array([4, -3, 2, -1])
    assert climbed(np.array([0, 1, 0, 1]), lambda rows: rows @ worth).tolist() == [1, 0, 1, 0]
    assert climbed(np.array([0, 1, 0, 1]), lambda rows: 1e-13 * rows @ worth).tolist() == [0, 1, 0, 1]
    assert climbed(np.array([0, 1, 0, 1]), lambda rows: np.full(len(rows), -np.inf)).tolist() == [0, 1, 0, 1]


def test_the_deviation_of_a_difference_is_that_of_joint_draws():
    evaluations = scored(12, luck=0.02)
    bits = np.array([one.scheme.bits for one in evaluations])
    model = GaussianProcess(bits, np.array([one.reward for one in evaluations]), ("pairwise", 4.0, 0.3))
    new = np.array([[1, 1, 0, 0, 1, 0, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1]])
    mean, deviation = model.ahead(new, bits[0])
    means, alone = model.predict(np.concatenate([new, bits[:1]]))
    assert mean == pytest.approx(means[:2] - means[2])
    assert (abs(alone[:2] - alone[2]) < deviation).all()
    assert (deviation < alone[:2] + alone[2]).all()
    assert model.ahead(bits[:1], bits[0])[1] == pytest.approx(0, abs=1e-9)


def test_it_is_settled_by_tolerance_and_looked_at_now_and_then():
    evaluations = scored(60)
    count = len(evaluations)
    assert settled(evaluations, 0, 0.0) is None
    assert f"after {count} schemes none can be better than" in settled(evaluations, 0, 0.05)
    assert settled(evaluations, count - 1, 0.05) is None or settled(evaluations[:-1], count - 2, 0.05) is None
    gain, named = strongest_rival(evaluations).gain, strongest_rival(evaluations).named
    assert settled(evaluations, 0, np.nextafter(gain, 0)) is None
    said = f"after {count} schemes none can be better than {named} by more than {gain:.2g}"
    assert settled(evaluations, 0, gain) == said
    whole = [Evaluation(one.scheme, one.reward, share=0.5) for one in evaluations]
    assert settled(whole, 0, 1.0) is None


def test_looks_begin_at_20_or_twice_the_blocks_and_come_with_every_tenth_more(monkeypatch):
    none = Rival(Scheme("0"), Scheme("0"), 0.0)
    monkeypatch.setattr(module, "strongest_rival", lambda evaluations, reward: none)
    for blocks, least in ((4, 20), (10, 20), (30, 60)):
        evaluations = [Evaluation(Scheme("0" * blocks), 0.5)] * least
        assert settled(evaluations[:-1], 0, 1.0) is None
        assert settled(evaluations, 0, 1.0)
    evaluations = [Evaluation(Scheme("0000"), 0.5)] * 1000
    counts = np.array([count for count in range(1, 1001) if settled(evaluations[:count], count - 1, 1.0)])
    assert counts[0] == 21
    assert counts[-20:] / counts[-21:-1] == pytest.approx(np.exp(0.1), abs=0.01)


def test_what_the_images_cannot_tell_apart_matters_only_where_the_reward_is_of_accuracies(monkeypatch):
    evaluations = scored(60)
    monkeypatch.setattr(module, "noise", lambda evaluations, named: 1.0)
    own = Reward(function=lambda scheme, metrics: metrics["accuracy"])
    for reward, tolerance, matters in ((None, 0.0, "1"), (Reward(0.0), 0.0, "1"), (None, 2.0, "2"), (own, 0.5, "0.5")):
        assert settled(evaluations, 0, tolerance, reward).endswith(f"by more than {matters}")
    assert settled(evaluations, 0, 0.0, own) is None


def test_what_the_images_cannot_tell_apart_does_not_matter():
    draw = np.random.default_rng(1)
    rows = draw.random((60, 400)) < 0.7
    told = [Evaluation(one.scheme, float(row.mean()), answers=to_text(row)) for one, row in zip(scored(60), rows)]
    named = told[0].scheme
    assert noise(told, named) == pytest.approx(np.sqrt(2 * 0.7 * 0.3 / 400), rel=0.1)
    assert differences(told, Scheme("0" * 8)) == {} or Scheme("0" * 8) in differences(told)


def test_a_search_with_a_tolerance_stops_by_itself_and_goes_on_from_any_point(tmp_path):
    plan = Plan("surrogate", lookup("surrogate"), (8,), max_schemes=100, tolerance=0.003, reward=Reward(0.0))

    def run(ledger, most=1000):
        while most and (job := ledger.issue("me")):
            ledger.end(job.id, {"accuracy": float(0.7 + EFFECTS @ job.scheme.bits)})
            most -= 1
        return [one.scheme for one in ledger.evaluations()]

    whole = Ledger(plan)
    schemes = run(whole)
    assert 20 <= len(schemes) < 60
    assert "none can be better" in whole.phases.reason
    assert max(EFFECTS @ one.bits for one in schemes) == pytest.approx(EFFECTS.clip(0).sum(), abs=0.003)
    for most in (19, 22):
        first = Ledger(plan, tmp_path / str(most))
        run(first, most)
        first.store.close()
        assert run(Ledger(plan, tmp_path / str(most))) == schemes
