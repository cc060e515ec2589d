"""The contract of a search algorithm."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search import algorithms
from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.state import pack, unpack
from keras_ean.testing.rules import expect, expect_refusal, global_seed, rule

BATCHES = 24
Batches = list[list[Scheme]]


def check_searcher(searcher: str | type[Searcher], stages: Sequence[int] = (3, 4, 3), **options) -> None:
    """Tests whether a search algorithm of your own keeps all rules that a search relies on.

    It searches several times, with rewards that are a sum over the connected blocks.

    Args:
        searcher: The name of a registered search algorithm, or its class.
        stages: The numbers of residual blocks in each stage of what is searched.
        **options: The options of the searcher.

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.

    Example:
        >>> check_searcher("greedy", direction="backward")
    """
    cls = algorithms.lookup(searcher) if isinstance(searcher, str) else searcher
    make = partial(cls, tuple(stages), **options)
    _check_proposals(make)
    _check_seed(make)
    _check_state(make)
    _check_limits(make)
    _check_reports(make)
    with rule("A searcher ends: after all schemes are scored, it goes on giving lists, or has given an empty one."):
        small = cls((2, 2), seed=0, **options)
        _searched(small, 200)
        expect(isinstance(small.propose(), list), "It gives something else.")


def _searched(searcher: Searcher, batches: int) -> Batches:
    """The batches that it proposes until it ends, each scored as a search does."""
    found: Batches = []
    while len(found) < batches and not searcher.converged and (batch := searcher.propose()):
        found.append(batch)
        searcher.observe([_scored(scheme) for scheme in batch])
    return found


def _scored(scheme: Scheme) -> Evaluation:
    reward = float(np.random.default_rng(3).normal(size=len(scheme)) @ scheme.bits)
    return Evaluation(scheme, reward, {"objective": reward, "sparsity": 1 - scheme.density})


def _check_proposals(make: Callable[..., Searcher]) -> None:
    with rule("propose gives a list of schemes of the stages, their bits whole numbers."):
        searcher = make(samples=4, seed=0)
        batches = _searched(searcher, BATCHES)
        expect(bool(batches), "The first batch is empty.")
        for scheme in [scheme for batch in batches for scheme in batch]:
            expect(isinstance(scheme, Scheme), f"It gives {scheme!r}.")
            expect(scheme == Scheme(scheme.bits, searcher.stages), f"It gives {scheme} for {searcher.stages}.")
            expect(all(type(bit) is int for bit in scheme.bits), f"Bits are {type(scheme.bits[0]).__name__}.")
    with rule("What is observed is in the history: an observe of its own calls super().observe(batch)."):
        unseen = {scheme for batch in batches for scheme in batch} - searcher.history.keys()
        expect(not unseen, f"{len(unseen)} scored schemes are not.")
    with rule("samples is a positive whole number; an __init__ of its own calls super().__init__."):
        expect_refusal(lambda: make(samples=0), "samples=0")


def _check_seed(make: Callable[..., Searcher]) -> None:
    with rule("The seed and the rewards decide on everything: draw from self.random, and iterate over no set."):
        runs = []
        for seed in (1, 2):
            with global_seed(seed):
                runs.append(_searched(make(seed=5), BATCHES))
        expect(runs[0] == runs[1], "Two searches of one seed part ways.")


def _check_state(make: Callable[..., Searcher]) -> None:
    with rule("The state is plain JSON, schemes, NumPy arrays and generators, and other Stateful objects."):
        whole = make(seed=0)
        expected = _searched(whole, BATCHES)
        pack(whole.state())
    with rule("Every attribute that changes is in `stateful`: a restored search goes on as if it had not stopped."):
        for stop in (1, BATCHES // 2):
            begun, resumed = make(seed=0), make(seed=0)
            done = _searched(begun, stop)
            resumed.history = dict(begun.history)
            resumed.restore(unpack(pack(begun.state())))
            expect(
                done + _searched(resumed, BATCHES - len(done)) == expected
                and pack(resumed.state()) == pack(whole.state()),
                f"Stopped after {len(done)} batches, it goes on otherwise.",
            )


def _check_limits(make: Callable[..., Searcher]) -> None:
    with rule("No scheme beyond the limits is proposed: pass bits through self.admitted or self.draw."):
        for most in (3, 0):
            searcher = make(seed=0, admits=lambda scheme, most=most: sum(scheme.bits) <= most)
            over = [one for batch in _searched(searcher, BATCHES) for one in batch if sum(one.bits) > most]
            expect(not over, f"With {most} connections at the most, it gives {over[:1]}.")


def _check_reports(make: Callable[..., Searcher]) -> None:
    searcher = make(seed=0)
    _searched(searcher, BATCHES)
    with rule("converged is None, or says why there is nothing more to do."):
        expect(searcher.converged is None or bool(searcher.converged), f"It is {searcher.converged!r}.")
    with rule("summary gives numbers by name; probabilities are None, or one of 0 … 1 for each block."):
        pack({name: float(value) for name, value in searcher.summary().items()})
        likely = searcher.probabilities()
        if likely is not None:
            expect(np.shape(likely) == (searcher.blocks,), f"They have the shape {np.shape(likely)}.")
            expect(np.all((likely >= 0) & (likely <= 1)), f"They are {likely}.")
