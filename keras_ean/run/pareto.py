"""The objective against what it costs, over every scheme that a run has scored."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from keras_ean.measure.share import share_interval
from keras_ean.run.context import Context
from keras_ean.run.folder import read_json
from keras_ean.run.front import Axis, Point, Scored
from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.stages.search import Search
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.run.verdict import EVERYWHERE, NONE
from keras_ean.scheme import Scheme
from keras_ean.search import Evaluation, Reward, SchemeTuner, costs
from keras_ean.search.outcome.conclusion import Conclusion
from keras_ean.search.reward import BlockPrices

ROUNDS = 10
"""Timed calls of each network from which latencies are predicted."""


class Pareto:
    """The scored schemes of a run's search with their costs, and the fronts among them.

    Args:
        context: The context of the run.
        search: The phase whose scores are shown.
    """

    def __init__(self, context: Context, search: Search):
        self.context, self.search = context, search

    @property
    def unit(self) -> Unit:
        """The unit of the objective of the search."""
        return self.search.unit

    @cached_property
    def tuner(self) -> SchemeTuner:
        """Holds all scores."""
        return self.search.tuner()

    @cached_property
    def conclusion(self) -> Conclusion:
        """What came of the search."""
        return self.search.conclusion(self.tuner)

    @property
    def points(self) -> Sequence[Point]:
        """Every scheme that was scored on all validation images, in the order of scoring; raises as `scored`."""
        return self.scored.points

    def front(self, axis: Axis = "latency_ms") -> list[Point]:
        """The points that no other one beats in both objective and cost; raises as `scored`."""
        return self.scored.front(axis)

    @cached_property
    def scored(self) -> Scored:
        """All schemes that were scored on all validation images, with their costs.

        Raises:
            ValueError: Nothing was scored yet.
        """
        scored: dict[Scheme, list[Evaluation]] = {}
        for one in (*self.tuner.evaluations(), *self.tuner.repeats()):
            if one.share == 1:
                scored.setdefault(one.scheme, []).append(one)
        if not scored:
            raise ValueError(
                f"Nothing was scored yet; search the scheme with: keras-ean search {self.context.folder.path}"
            )
        latency, parameters, images = self._latency(), self._parameters(), self.context.images.numbers.validation
        sampled = self.context.images.independent(self._compared())
        points = []
        for scheme, scores in scored.items():
            value = float(np.mean([one.metrics[self.unit.objective] for one in scores]))
            interval = share_interval(value, sampled) if self.unit == ACCURACY else None
            first, *_ = scores
            points.append(Point(scheme, value, interval, latency(scheme), parameters(scheme), first.origin == "random"))
        given_up = len({one.scheme for one in self.tuner.evaluations()} - scored.keys())
        return Scored(points, images, self.unit, self.context.images.shown("validation"), *self._timed(), given_up)

    def _timed(self) -> tuple[float, bool]:
        """How far timed calls lie from their medians, in ms, and whether attention everywhere was told from none."""
        timed = {one["name"]: one for one in self._compared()}
        if NONE not in timed or EVERYWHERE not in timed or self.tuner.ledger.plan.reward.prices().get("ms") is not None:
            return 0.0, True
        both = [timed[name].get("latency_range_ms") or 0.0 for name in (NONE, EVERYWHERE)]
        return max(both) / 2, timed[EVERYWHERE]["latency_ms"] - timed[NONE]["latency_ms"] > sum(both) / 2

    def _parameters(self) -> Callable[[Scheme], float]:
        """Counted as those of the compared networks, of which a given model's hold what training does not change."""
        own = costs.parameters(self.search.scored()).function
        counted = [one["parameters"] for one in self._compared() if one["name"] == NONE]
        more = counted[0] - own(Scheme.empty(self.context.architecture.stages)) if counted else 0
        return lambda scheme: own(scheme) + more

    def _compared(self) -> list[dict]:
        return self.context.folder.json(self.context.folder.report / "report.json") or []

    def _latency(self) -> BlockPrices:
        """What the search was given, if latency has a price or a limit there; else measured once, and kept.

        Machines drift: where the compared networks were timed as well, which is done longer, prices are brought to what
        they have taken without attention and with it everywhere.
        """
        if (prices := self.tuner.ledger.plan.reward.prices().get("ms")) is not None:
            return BlockPrices(prices[0], prices[1:])
        file = self.context.folder.path / "latency.json"
        if not self.context.folder.whole(file):
            supernet, sample = self.search.scored(), self.context.images.sample()
            cost = costs.latency(supernet, sample, batch_size=LATENCY_BATCH, rounds=ROUNDS)
            plain, *blocks = Reward(costs=(cost,)).prices()[cost.name]
            self.context.folder.write_json(file, {"plain": plain, "blocks": blocks})
        kept = read_json(file)
        timed = {one["name"]: one["latency_ms"] for one in self._compared()}
        plain = timed.get(NONE, kept["plain"])
        scale, blocks = plain / kept["plain"], kept["blocks"]
        if EVERYWHERE in timed:
            blocks = blocks if any(blocks) else [1.0] * len(blocks)
            scale = max(0.0, timed[EVERYWHERE] - plain) / sum(blocks)
        return BlockPrices(plain, [scale * price for price in blocks])
