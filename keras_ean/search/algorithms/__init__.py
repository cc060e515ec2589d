"""The search algorithms by name: one file each, found by looking into this folder.

They know schemes and rewards, and nothing of Keras Tuner. A loop of your own can run one: it asks for schemes, and
tells their evaluations. The oracles (`ean.search.get`) do the same for Keras Tuner.

Example:
    >>> from keras_ean.search import Evaluation
    >>> searcher = lookup("greedy")((2, 2), seed=0)
    >>> while batch := searcher.propose():
    ...     searcher.observe([Evaluation(scheme, reward=scheme.density) for scheme in batch])
    >>> searcher.best().scheme
    Scheme('11 11')
"""

from keras_ean.registry import import_folder
from keras_ean.search.algorithms.searcher import Searcher, searchers

import_folder(__name__, __path__)

available, lookup, register = searchers.available, searchers.lookup, searchers.register

__all__ = ["Searcher", "available", "lookup", "register"]
