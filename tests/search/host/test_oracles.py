"""Oracles made from searchers: names, signatures, pickles, and searchers of third parties."""

import importlib
import inspect
import pickle
import sys

import pytest

from keras_ean import search
from keras_ean.registry import import_folder
from keras_ean.search import algorithms
from keras_ean.search.algorithms.searcher import searchers
from keras_ean.search.host import oracles

NAMES = {
    "evolution": "EvolutionOracle",
    "greedy": "GreedyOracle",
    "nsga2": "NSGA2Oracle",
    "random": "RandomOracle",
    "reinforce": "ReinforceOracle",
    "screening": "ScreeningOracle",
    "spaced": "SpacedOracle",
    "surrogate": "SurrogateOracle",
}


@pytest.mark.parametrize(("name", "public"), NAMES.items())
def test_every_algorithm_has_an_oracle_of_its_name(name, public):
    cls = getattr(search, public)
    oracle = search.get(name, (2, 2), seed=0)
    assert type(oracle) is cls
    assert isinstance(oracle, search.SchemeOracle)
    assert pickle.loads(pickle.dumps(cls)) is cls
    assert cls.__name__ == public
    assert "a Keras Tuner oracle" in cls.__doc__
    assert inspect.getdoc(cls.searcher_class).partition("Args:")[0] in cls.__doc__
    assert [one for one in inspect.signature(cls).parameters if f"    {one}: " not in cls.__doc__] == []


def test_signatures_name_the_searchers_options():
    parameters = inspect.signature(search.EvolutionOracle).parameters
    assert list(parameters)[:3] == ["stages", "objective", "max_steps"]
    assert (parameters["population"].default, parameters["population"].kind.name) == (16, "KEYWORD_ONLY")
    assert "options" not in parameters
    assert "admits" not in parameters
    with pytest.raises(ValueError, match="Evolution: Unknown option 'populatoin'. Did you mean 'population'"):
        search.EvolutionOracle((2, 2), populatoin=3)


def test_there_are_no_other_names():
    assert set(NAMES) <= set(search.available())
    with pytest.raises(AttributeError, match="NoOracle"):
        oracles.NoOracle  # noqa: B018


@pytest.fixture
def forget():
    yield
    for name in ("dice", "coin_toss"):
        searchers.classes.pop(name, None)


def test_a_searcher_of_a_third_party_is_an_oracle_at_once(forget):
    @search.register("coin_toss")
    class Coin(search.Searcher):
        """Tosses a coin for every block."""

        def __init__(self, stages, samples=3, seed=0, admits=None, chance=0.5):
            super().__init__(stages, samples, seed, admits)
            self.chance = chance

        def propose(self):
            return [self.draw(self.chance) for _ in range(self.samples)]

    oracle = search.get("coin_toss", (2, 2), seed=0, max_steps=3, chance=1.0)
    assert type(oracle).__name__ == "CoinTossOracle"
    assert oracle.create_trial("a").hyperparameters.values == dict.fromkeys([f"block_{n}" for n in range(4)], True)
    assert pickle.loads(pickle.dumps(type(oracle))) is type(oracle)
    with pytest.raises(ValueError, match="Unknown option 'chanse'"):
        search.get("coin_toss", (2, 2), chanse=1.0)
    with pytest.raises(ValueError, match="is taken by Greedy"):
        search.register("greedy")(Coin)


def test_a_file_in_the_folder_is_enough(forget, tmp_path, monkeypatch):
    (tmp_path / "dice.py").write_text(
        "from keras_ean.search.algorithms.searcher import Searcher, register\n\n\n"
        '@register("dice")\nclass Dice(Searcher):\n    """Throws dice."""\n\n'
        "    def propose(self):\n        return [self.draw(1 / 6) for _ in range(self.samples)]\n"
    )
    monkeypatch.setattr(algorithms, "__path__", [*algorithms.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    import_folder("keras_ean.search.algorithms", algorithms.__path__)
    try:
        assert "dice" in search.available()
        assert type(search.get("dice", (2, 2), seed=0)).__name__ == "DiceOracle"
    finally:
        sys.modules.pop("keras_ean.search.algorithms.dice", None)


def test_an_unknown_option_is_told_with_those_of_every_oracle():
    with pytest.raises(
        ValueError, match=r"Unknown option 'max_stepz'. Did you mean 'max_steps' .*\? Known: .*confidence"
    ):
        search.get("screening", (2, 2), max_stepz=3)
