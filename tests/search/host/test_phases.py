"""The phases of a search: the search itself, the contenders again, random search."""

from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.phases import Progress
from keras_ean.search.state import pack, unpack


def progress_of(**options):
    return Progress(Stratified((3, 3), samples=4, seed=0), max_steps=3, **options)


def run(progress, most=1000):
    asked = []
    while len(asked) < most and (wanted := progress.advance()):
        asked.append((progress.phase, progress.repeat, wanted[0]))
        phase, repeat, bits = asked[-1]
        progress.record(Evaluation(bits, sum(bits), origin=phase, repeat=repeat))
    return asked


def test_contenders_are_scored_again_and_then_random_schemes():
    contenders = [(1, 1, 1, 1, 1, 1), (0, 0, 0, 0, 0, 0)]
    progress = progress_of(repeats=2, contenders=lambda: contenders, compare_random=True)
    asked = run(progress)
    again = [(repeat, bits) for phase, repeat, bits in asked if phase == "repeat"]
    assert again == [(1, contenders[0]), (1, contenders[1]), (2, contenders[0]), (2, contenders[1])]
    searched = [bits for phase, _, bits in asked if phase == "search"]
    random = [bits for phase, _, bits in asked if phase == "random"]
    assert len(searched) == len(set(progress.drawn)) == 12
    assert set(random) == set(progress.drawn) - set(searched)
    assert progress.phase == "done"
    assert len(progress.repeated) == 4


def test_without_contenders_the_search_ends():
    progress = progress_of(repeats=2)
    assert all(phase == "search" for phase, _, _ in run(progress))
    assert progress.phase == "done"


def test_every_phase_goes_on_from_its_state():
    options = {"repeats": 2, "contenders": lambda: [(1, 1, 1, 0, 0, 0), (0, 0, 0, 1, 1, 1)], "compare_random": True}
    whole = run(progress_of(**options))
    for stop in range(len(whole)):
        first, second = progress_of(**options), progress_of(**options)
        begun = run(first, most=stop)
        second.restore(unpack(pack(first.state())))
        second.memo, second.repeated = first.memo, first.repeated
        second.searcher.history = first.searcher.history
        assert begun + run(second) == whole
