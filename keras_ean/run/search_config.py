"""How the search of a run is configured."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from keras_ean.run.config_section import Named, Section
from keras_ean.search.reward import increase


class Price(Section):
    """What a unit of a cost takes away from the reward, and the most that a scheme may cost (`ean.search.Cost`)."""

    weight: float = Field(default=0.0, ge=0, description="how much of the objective one unit of the cost takes away")
    limit: float | str | None = Field(
        default=None, description="the most that a scheme may cost, in the cost's unit, or as '+5 %' over no attention"
    )

    @field_validator("limit")
    @classmethod
    def _readable(cls, limit: float | str | None) -> float | str | None:
        if isinstance(limit, str):
            increase(limit)
        elif limit is not None and limit <= 0:
            raise ValueError(f"a limit is above 0, not {limit!r}")
        return limit


class Reward(Section):
    """What the search maximises beside its objective, in the unit of that (`ean.search.Reward`)."""

    sparsity_weight: float = Field(
        default=0.02, ge=0, le=1e6, description="how much of the objective leaving out all connections is worth"
    )
    max_connections: int | None = Field(
        default=None, ge=0, description="the most blocks with attention that a scheme may have; default: no limit"
    )
    costs: dict[Literal["parameters", "flops", "latency"], Price] = Field(
        default={}, description="prices and limits by cost: parameters, flops, latency in milliseconds"
    )


class Early(Section):
    """Hopeless schemes are given up after a share of the validation images (`ean.search.EarlyStopping`)."""

    share: float = Field(
        default=0.25, gt=0, lt=1, description="the share of the validation images that is looked at first"
    )
    z: float = Field(default=2.0, ge=0, description="by how many standard errors a scheme may be behind and go on")


class Race(Section):
    """Schemes are shown more and more validation images, until they are sure to be behind (`ean.search.Racing`)."""

    share: float = Field(
        default=1 / 16, gt=0, lt=1, description="the share of the validation images that is looked at first"
    )
    z: float = Field(default=2.0, ge=0, description="by how many standard errors a scheme may be behind and go on")
    tolerance: float = Field(
        default=0.0,
        ge=0,
        description="how much better than the best so far a scheme must be able to be, in units of the objective",
    )


class Search(Section):
    """The search; `options` go to the oracle."""

    oracle: str = Field(default="surrogate", description="the search algorithm")
    evaluator: Named = Field(default=Named(name="supernet"), description="what scores a scheme, with its options")
    objective: Literal["accuracy", "loss"] = Field(
        default="accuracy",
        description="what schemes are compared by: accuracy, 0 … 1, or loss, the cross-entropy in nats, which has less "
        "noise; the verdict is on accuracies all the same",
    )
    early_stopping: Early | None = Field(
        default=None, description="when a hopeless scheme is given up; default: every scheme sees all validation images"
    )
    racing: Race | None = Field(
        default=None,
        description="when a scheme that is behind the best so far drops out; default: none does",
    )
    reward: Reward | None = Field(
        default=None,
        description="what is maximised beside the objective; default: leaving out all connections is worth 0.02 of it",
    )
    calibrate: int = Field(
        default=512, ge=0, description="training images on which BatchNorm is estimated anew for each scheme; 0: none"
    )
    batch_size: int = Field(default=256, ge=1, description="images in a pass that scores, or estimates BatchNorm")
    memory: int = Field(
        default=1 << 30,
        ge=0,
        description="the most bytes of validation images that are kept in memory: see docs/configuration.md",
    )
    options: dict[str, Any] = Field(
        default={}, description="options of the search algorithm: see docs/reference/options.md"
    )

    @model_validator(mode="after")
    def _one_place_each(self) -> "Search":
        """The run itself gives some of the oracle's arguments."""
        for name, place in GIVEN.items():
            if name in self.options:
                raise ValueError(f"options.{name} is no option here: {place}")
        if self.early_stopping is not None and self.racing is not None:
            raise ValueError("early_stopping and racing are two ways to give schemes up: leave one of them out")
        if self.objective == "loss" and self.early_stopping is not None:
            raise ValueError("early_stopping compares accuracies: take racing with objective: loss, or neither")
        if self.reward is not None and "sparsity_weight" in self.options:
            raise ValueError("options.sparsity_weight is a part of search.reward, which is given too; move it there")
        return self


GIVEN = {
    "reward": "the reward is written as search.reward, with sparsity_weight, max_connections and costs",
    "seed": "the seed is the run's own, seed",
    "stages": "the stages are those of the backbone",
    "objective": "the objective is written as search.objective, accuracy or loss",
}
"""Arguments of an oracle that stand elsewhere in a configuration, or nowhere."""
