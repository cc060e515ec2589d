"""The phases of a search: the search itself, the contenders again, random search."""

from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.phases import Phases
from keras_ean.search.host.plan import Plan
from keras_ean.search.reward import Reward
from keras_ean.search.state import pack, unpack


def phases_of(**options):
    return Phases(Plan("random", Stratified, (3, 3), **{"max_steps": 3, "samples": 4, "contenders": 2, **options}))


def worth(scheme):
    """Another one for every scheme."""
    return sum(2**block * bit for block, bit in enumerate(scheme.bits))


def run(phases, most=1000):
    asked = []
    while len(asked) < most and (wanted := phases.advance()):
        asked.append((phases.phase, phases.repeat, wanted[0]))
        phase, repeat, scheme = asked[-1]
        phases.record(Evaluation(scheme, worth(scheme), origin=phase, repeat=repeat))
    return asked


def test_contenders_are_scored_again_and_then_random_schemes():
    phases = phases_of(repeats=2, compare_random=True)
    asked = run(phases)
    searched = [scheme for phase, _, scheme in asked if phase == "search"]
    contenders = sorted(searched, key=worth, reverse=True)[:2]
    again = [(repeat, scheme) for phase, repeat, scheme in asked if phase == "repeat"]
    assert again == [(1, contenders[0]), (1, contenders[1]), (2, contenders[0]), (2, contenders[1])]
    random = [scheme for phase, _, scheme in asked if phase == "random"]
    assert len(searched) == len(set(phases.drawn)) == 12
    assert set(random) == set(phases.drawn) - set(searched)
    assert phases.phase == "done"
    assert len(phases.repeated) == 4


def test_without_contenders_the_search_ends():
    phases = phases_of(repeats=2, contenders=0)
    assert all(phase == "search" for phase, _, _ in run(phases))
    assert phases.phase == "done"


def test_a_search_ends_with_the_batch_in_which_it_has_its_schemes():
    phases = phases_of(max_steps=100, max_schemes=10)
    assert len(run(phases)) == 12
    assert phases.reason == "12 schemes scored"
    assert phases_of(max_schemes=10).plan.settings()["max_schemes"] == 10


def test_every_phase_goes_on_from_its_state():
    options = {"repeats": 2, "compare_random": True}
    whole = run(phases_of(**options))
    for stop in range(len(whole)):
        first, second = phases_of(**options), phases_of(**options)
        begun = run(first, most=stop)
        second.restore(unpack(pack(first.state())))
        second.memo, second.repeated = first.memo, first.repeated
        second.searcher.history = first.searcher.history
        assert begun + run(second) == whole


def test_a_search_that_has_scored_every_scheme_ends_and_is_not_compared_with_random_search():
    phases = phases_of(max_steps=1000, compare_random=True)
    asked = run(phases)
    assert len(asked) == 64
    assert {phase for phase, _, _ in asked} == {"search"}
    assert phases.reason == "all 64 schemes are scored, so there is nothing left to search"
    assert phases.step < 100


def test_every_scheme_means_every_one_that_keeps_the_limits():
    phases = phases_of(max_steps=1000, compare_random=True, reward=Reward(max_connections=2))
    assert len(run(phases)) == 1 + 6 + 15
    assert "all 22 schemes" in phases.reason
