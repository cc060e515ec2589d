"""The search of a run, and those of rivals on the same supernet and budget."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_ean import search
from keras_ean.run import scoring, searched
from keras_ean.run.budget import CONTENDERS, REPEATS, search_options
from keras_ean.run.context import Context
from keras_ean.run.search_config import Price
from keras_ean.run.stages.pretrain import Pretrain
from keras_ean.run.stages.stage import Stage
from keras_ean.run.unit import LOSS, Unit
from keras_ean.scheme import Scheme
from keras_ean.search import Cost, EarlyStopping, Evaluator, Racing, Reward, SchemeOracle, SchemeTuner, costs
from keras_ean.search.host.distributed import is_chief
from keras_ean.search.host.glance import settings_of
from keras_ean.search.host.recovery import set_aside_beside
from keras_ean.search.host.store import FILE
from keras_ean.search.outcome.conclusion import Conclusion
from keras_ean.search.reward import unmeasured
from keras_ean.supernet import Supernet

BUDGET = ("max_steps", "max_schemes", "samples_per_step", "sparsity_weight")
"""Options that every oracle has and a rival shares."""


class Search(Stage[Scheme]):
    """Names a scheme.

    Args:
        context: The context of the run.
        supernet: The stage of the supernet whose networks are scored, unless they are trained from scratch for it.
        rival: An oracle other than the configuration's; it is kept apart and has the same budget and reward.
    """

    def __init__(self, context: Context, supernet: Pretrain, rival: str | None = None):
        super().__init__(context)
        self.supernet = supernet
        self.rival = None if rival == context.config.search.oracle else rival
        self.name = "search" if self.rival is None else f"search-{self.rival}"

    @property
    def place(self) -> Path:
        folder = self.context.folder
        return folder.scheme_file if self.rival is None else folder.path / self.name / "scheme.json"

    @property
    def store(self) -> Path:
        """The file of everything that was scored."""
        return self.context.folder.path / self.name / FILE

    @property
    def finished(self) -> bool:
        """Whether the scheme is there, and the search that it came of."""
        facts = self.context.folder.json(self.place)
        return facts is not None and searched.fault(self.store, self.place) is None

    def read(self) -> Scheme:
        return self.context.folder.scheme(self.place)

    def make(self) -> Scheme:
        if searched.fault(self.store, self.place) == searched.FOREIGN:
            self.context.folder.set_aside(self.store, searched.FOREIGN)
            set_aside_beside(self.store)
        tuner = self.score()
        conclusion = self.conclusion(tuner)
        # Without a signal no scheme is better founded than another: the run goes on with the best estimate, saying so.
        facts = {"signal": conclusion.signal.found, "conclusion": str(conclusion), "scored": len(tuner.evaluations())}
        facts |= {"settings": settings_of(self.store), "limits": conclusion.limits}
        self.context.folder.write_scheme(conclusion.best, self.place, **facts)
        return conclusion.best

    def score(self) -> SchemeTuner:
        """Runs the search, or goes on with it, and gives its tuner.

        Raises:
            OutOfTime: Between two trials; the same call goes on.
            ValueError: Several hosts train together, but a search runs on one.
        """
        self.context.devices.refuse_hosts("the search")
        tuner = self.tuner(None if is_chief() else self.evaluator())
        tuner.search(verbose=int(not self.context.console.quiet))
        return tuner

    def tuner(self, evaluator: Evaluator | None = None) -> SchemeTuner:
        """The tuner with what it has found so far; it needs an evaluator only to score."""
        folder, kind = self.context.folder, scoring.evaluator_class(self.context.config)
        return SchemeTuner(
            self.scored() if kind.pretrained else None,
            oracle=self.oracle(),
            evaluator=evaluator or kind,
            directory=folder.path,
            project_name=self.name,
            tracker=self.context.tracker,
            limit=self.context.limit,
            early_stopping=self._early_stopping(),
            contenders=CONTENDERS,
            repeats=REPEATS,
        )

    def conclusion(self, tuner: SchemeTuner) -> Conclusion:
        """What came of the search, whose validation images may show fewer things than they are."""
        compared = self.context.folder.json(self.context.folder.report / "report.json") or []
        return tuner.conclusion(self.context.images.independent(compared))

    @property
    def limits(self) -> str:
        """The clause that says what the limits left of all schemes; empty if they left all, or it was not kept."""
        return (self.context.folder.json(self.place) or {}).get("limits", "")

    @property
    def unit(self) -> Unit:
        """The unit of what schemes are compared by, which need not be that of the results."""
        return LOSS if self.context.config.search.objective == "loss" else self.context.unit

    def scored(self) -> Supernet:
        """The supernet whose networks are scored; not pre-trained if nothing needs its weights."""
        return self.supernet() if scoring.needs_supernet(self.context.config) else self.context.architecture.supernet()

    def evaluator(self) -> Evaluator:
        """What scores the schemes."""
        return scoring.evaluator(self.context, self.scored(), self._oracle().samples_per_step)

    def oracle(self) -> SchemeOracle:
        """The search algorithm, which maximises the configuration's reward; its costs are measured on the supernet."""
        asked = self.context.config.search.reward
        return self._oracle(self._costs(asked.costs, self.scored()) if asked and asked.costs else None)

    def check(self) -> None:
        """ValueError for what oracle or evaluator refuse, for images that a given model does not take, or for limits
        that leave no scheme, before a supernet is trained for it."""
        oracle, settings = self._oracle(), self.context.config.search
        prices = settings.reward.costs if settings.reward else {}
        limited = {name: price for name, price in prices.items() if price.limit is not None}
        if self.finished or self.supernet.finished or not (limited or settings.evaluator.options):
            return
        untrained = self.context.architecture.supernet()
        self._costs(limited, untrained)
        scoring.evaluator(self.context, untrained, oracle.samples_per_step)

    def _oracle(self, measured: Sequence[Cost] | None = None) -> SchemeOracle:
        context, settings = self.context, self.context.config.search
        options: dict[str, Any] = search_options(context.config, context.architecture.stages)
        if self.rival is not None:
            options = {key: value for key, value in options.items() if key in BUDGET}
        if (asked := settings.reward) is not None:
            prices = unmeasured(asked.costs) if measured is None else tuple(measured)
            options["reward"] = Reward(asked.sparsity_weight, prices, asked.max_connections)
        elif context.by_task is not None:
            options["reward"] = Reward(0.0)  # A tolerance decides what attention must be worth.
        name, stages = self.rival or settings.oracle, context.architecture.stages
        objective = settings.objective if context.by_task is None else context.by_task.objective
        return search.get(name, stages, objective, seed=context.config.seed, **options)

    def _early_stopping(self) -> EarlyStopping | Racing | None:
        early, race = self.context.config.search.early_stopping, self.context.config.search.racing
        if race:
            return Racing(race.share, race.z, race.tolerance)
        return EarlyStopping(early.share, early.z) if early else None

    def _costs(self, asked: Mapping[Any, Price], supernet: Supernet) -> list[Cost]:
        return [self._cost(name, price, supernet) for name, price in asked.items()]

    def _cost(self, name: str, price: Price, supernet: Supernet) -> Cost:
        given = (supernet, self.context.images.sample()) if name == "latency" else (supernet,)
        cost = getattr(costs, name)(*given, weight=price.weight, limit=price.limit)
        if not cost.admits(plain := Scheme.empty(supernet.stages)):
            raise ValueError(
                f"search.reward.costs.{name}.limit is {price.limit}, but the network without attention has "
                f"{cost.function(plain):.6g} {cost.name} already; raise the limit, or write it as '+5 %'."
            )
        return cost
