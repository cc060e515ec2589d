"""Regularised evolution: who is a parent, what a child is, and who dies."""

import numpy as np
import pytest

from keras_ean import Scheme
from keras_ean.search.algorithms.evolution import Evolution
from keras_ean.search.evaluation import Evaluation

STAGES = (4, 4)


def evolved(rewards, **options):
    """A searcher that has seen one scheme for each reward: block 0 alone, block 1 alone, …"""
    searcher = Evolution(STAGES, seed=0, **options)
    schemes = [Scheme(row, STAGES) for row in np.eye(8, dtype=int)[: len(rewards)].tolist()]
    searcher.observe([Evaluation(scheme, reward) for scheme, reward in zip(schemes, rewards, strict=True)])
    return searcher, schemes


def test_the_fittest_of_a_tournament_is_the_parent():
    searcher, schemes = evolved([1.0, 4.0, 2.0, 3.0], population=4, tournament=4)
    assert {searcher.parent() for _ in range(20)} == {schemes[1]}
    searcher, schemes = evolved([1.0, 4.0, 2.0, 3.0], population=4, tournament=1)
    assert {searcher.parent() for _ in range(100)} == set(schemes)


def test_the_oldest_die():
    searcher, schemes = evolved([9.0, 1.0, 2.0, 3.0], population=3, tournament=1)
    assert searcher.members == schemes[1:]


def test_a_mutation_flips_one_block_at_least_and_so_many_on_average():
    def flips(average):
        searcher, [parent] = evolved([1.0], population=1, tournament=1, crossover=0.0, flips=average)
        return [int(np.abs(np.subtract(searcher.child().bits, parent.bits)).sum()) for _ in range(400)]

    assert set(flips(0.0)) == {1}
    assert min(flips(4.0)) >= 1
    assert np.mean(flips(4.0)) == pytest.approx(4, abs=0.3)


@pytest.mark.parametrize("crossover", [0.0, 0.5, 1.0])
def test_a_child_of_two_has_each_block_from_either(crossover):
    searcher, _ = evolved([1.0, 1.0], population=2, tournament=1, crossover=crossover, flips=0.0)
    connections = [sum(searcher.child().bits) for _ in range(800)]
    # The parents are 10…0 and 01…0, and one block is flipped: an odd number comes of 11…0 and 00…0 alone.
    odd = np.mean([number % 2 for number in connections])
    assert odd == pytest.approx(crossover / 4, abs=0.06 * bool(crossover))


def test_a_population_is_random_first_and_a_tournament_fits_it():
    searcher = Evolution(STAGES, samples=9, seed=0, population=9, tournament=2)
    assert sorted(sum(scheme.bits) for scheme in searcher.propose()) == list(range(9))
    for tournament in (0, 10):
        with pytest.raises(ValueError, match=f"A tournament takes 1 … 9 members of the population, not {tournament}"):
            Evolution(STAGES, population=9, tournament=tournament)
    Evolution(STAGES, population=9, tournament=9)
