"""What a search is to do: all that decides on its course, known before it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keras_ean.search.algorithms.searcher import Searcher
from keras_ean.search.reward import Reward


@dataclass(frozen=True)
class Plan:
    """Everything that decides on the course of a search.

    Args:
        name: The name of the algorithm, as a resumed search must have it.
        searcher: The class of the search algorithm.
        stages: Residual blocks per stage.
        objective: Metric that evaluations report.
        direction: Whether more of the objective is better, "max", or less, "min".
        max_steps: The most batches of schemes.
        max_schemes: The search ends with the batch in which it has scored so many schemes; None for no such end.
        tolerance: The search ends when no scheme can be better than the named one by more than this; None for no such
            end.
        samples: The number of schemes in a batch.
        seed: The seed of everything random.
        options: The options of the search algorithm.
        reward: The reward that is maximised.
        compare_random: Whether as many random schemes as the search scored are scored afterwards.
        repeats: Further scores of every contender.
        contenders: How many schemes are scored again.
        early_stopping: Tell workers the objective that a scheme would have to reach.
        left_open: Fields that the user has not chosen: a search that is resumed goes on with what it began with.
        facts: Further JSON values that must stay the same.

    Example:
        >>> from keras_ean.search.algorithms.greedy import Greedy
        >>> plan = Plan("greedy", Greedy, (2, 2), seed=7, left_open=("seed",))
        >>> plan.resumed({"seed": 3}).seed
        3
    """

    name: str
    searcher: type[Searcher]
    stages: tuple[int, ...]
    objective: str = "accuracy"
    direction: str = "max"
    max_steps: int = 300
    max_schemes: int | None = None
    tolerance: float | None = None
    samples: int = 3
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    reward: Reward = field(default_factory=Reward)
    compare_random: bool = False
    repeats: int = 0
    contenders: int = 0
    early_stopping: bool = False
    left_open: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """What must stay the same when a search is resumed."""
        return {
            "oracle": self.name,
            "stages": list(self.stages),
            "objective": [self.objective, self.direction],
            "max_steps": self.max_steps,
            **({"max_schemes": self.max_schemes} if self.max_schemes else {}),
            **({} if self.tolerance is None else {"tolerance": self.tolerance}),
            "samples_per_step": self.samples,
            "seed": self.seed,
            "compare_random": self.compare_random,
            **({"repeats": self.repeats, "contenders": self.contenders} if self.repeats else {}),
            **self.reward.settings(),
            **self.options,
            **self.facts,
        }

    def resumed(self, settings: Mapping[str, Any], prices: Mapping | None = None) -> "Plan":
        """The same, with what was left open and what was measured as in the search that goes on."""
        kept = {name: settings.get(name, getattr(self, name)) for name in self.left_open}
        return replace(self, **kept, reward=self.reward.at(prices or {}))

    def new_searcher(self) -> Searcher:
        return self.searcher(
            self.stages, samples=self.samples, seed=self.seed, admits=self.reward.admits, **self.options
        )
