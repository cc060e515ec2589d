"""When a search is settled: no scheme can be better by what matters."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search import Evaluation, GaussianProcess, Reward
from keras_ean.search.algorithms import lookup
from keras_ean.search.answers import to_text
from keras_ean.search.host.ledger import Ledger
from keras_ean.search.host.plan import Plan
from keras_ean.search.outcome import differences, strongest_rival
from keras_ean.search.outcome.settled import noise, settled

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
    assert settled(evaluations[:19], 0, 1.0) is None


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
