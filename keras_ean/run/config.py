"""What a run is configured with, section by section; `Config` is the whole."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, field_validator, model_validator

from keras_ean.escaping import Dumper
from keras_ean.registry import unknown
from keras_ean.run.config_section import Named, Section
from keras_ean.run.model_source import ModelSource
from keras_ean.run.networks import NETWORKS, RIVALS, USUAL
from keras_ean.run.search_config import Search
from keras_ean.search.reward import increase


class Training(Section):
    """How networks are trained: a recipe of `keras_ean.recipes`; what is given here replaces the recipe's value."""

    recipe: str = Field(description="name of a recipe of keras_ean.recipes")
    epochs: int | None = Field(
        default=None,
        ge=1,
        le=10**6,
        description="passes over the training images; with another number than the recipe's, its default, the epochs "
        "at which the rate falls move in proportion",
    )
    batch_size: int | None = Field(default=None, ge=1, description="images a training step; default: the recipe's")
    rate: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="the first learning rate, or the peak of one cycle; default: the recipe's",
    )
    drop_remainder: bool | None = Field(
        default=None, description="whether an epoch's last batch is left out if it is not full; default: the recipe's"
    )
    precision: Literal["float32", "mixed_bfloat16"] | None = Field(
        default=None, description="what networks compute in; default: the recipe's on an accelerator, float32 on a CPU"
    )


class Tuning(Section):
    """How the compared networks are trained on from the supernet's weights: by the supernet's recipe, but briefly."""

    epochs: int | None = Field(
        default=None,
        ge=1,
        description="passes over the training images; default: a 24th of the supernet's, at least one",
    )
    rate: float | None = Field(
        default=None, gt=0, le=1e6, description="the first learning rate; default: a third of the supernet's"
    )
    batch_size: int | None = Field(
        default=None, ge=1, description="images a training step of a given model; 32 by default"
    )
    drop_remainder: bool = Field(
        default=False, description="whether a batch that is not full is left out for a given model"
    )
    warmup: int = Field(
        default=1,
        ge=0,
        description="epochs for which only the attention in a given model learns, before everything does",
    )


class Shrinking(Section):
    """Blocks that are surely not worth connecting leave the space while the supernet trains
    (`ean.search.SpaceShrinking`)."""

    objective: Literal["loss", "accuracy"] = Field(
        default="loss", description="what schemes are compared by on the validation images"
    )
    tolerance: float | None = Field(
        default=None,
        ge=0,
        description="the effect that makes a block worth connecting; default: 0.01 nats of loss, or 0.005 of accuracy",
    )
    connect: bool = Field(
        default=False, description="whether blocks leave too that are surely worth it; they are on from then on"
    )
    looks: int = Field(default=4, ge=2, description="how often schemes are scored, at ends of epochs, evenly spread")
    schemes: int | None = Field(
        default=None, ge=2, description="schemes a look; default: four for each block that is left, 16 at the least"
    )
    confidence: float = Field(
        default=0.95, gt=0, lt=1, description="the probability that no block leaves by chance, in the whole training"
    )


def usual_formats() -> tuple[str, ...]:
    """The SavedModel, which TensorFlow writes; where that is not installed, a Keras file."""
    return ("saved_model",) if find_spec("tensorflow") else ("keras",)


def _rival(name: str) -> str:
    if name not in RIVALS:
        raise ValueError(unknown("network", name, RIVALS))
    return name


class Config(Section):
    """Describes a whole run; its fields are the keys of the YAML file."""

    data: Named = Field(description="name or path of the images, with options of ean.data.load")
    backbone: Named | None = Field(default=None, description="name of the network, with options of ean.backbones.get")
    model: ModelSource | None = Field(default=None, description="a trained model in place of a backbone")
    attention: Named = Field(description="name of the module, with options of ean.attention.get")
    modules: int = Field(
        default=1, ge=1, description="how many modules are tried in runs side by side, this one included"
    )
    share: bool = Field(default=True, description="one module for each stage; false: one for each block")
    sampling: str = Field(default="bernoulli", description="which schemes a training batch of the supernet sees")
    shrinking: Shrinking | None = Field(
        default=None,
        description="when blocks leave the space while the supernet trains; default: all are drawn to the end",
    )
    distill: float = Field(
        default=0.0, ge=0, le=1e6, description="weight of the supernet's distillation from the full scheme"
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="decides everything that is drawn at random")
    pretrain: Training | None = Field(default=None, description="how the supernet is trained; not for a given model")
    search: Search = Field(default_factory=Search, description="how a scheme is found")
    start: Literal["supernet", "scratch"] = Field(
        default="supernet", description="where the training of the compared networks starts; scratch is the paper's way"
    )
    tune: Tuning = Field(default_factory=Tuning, description="how networks are trained on from the supernet")
    train: Training | None = Field(
        default=None, description="how networks are trained from scratch; default: as the supernet, for as many epochs"
    )
    compare: tuple[Annotated[str, AfterValidator(_rival)], ...] | None = Field(
        default=None,
        strict=False,
        description="networks that are compared beside plain (no attention), shared (everywhere), random and found; "
        "default: the one that the verdict would recommend with its gates folded, where it has any",
    )
    seeds: int | None = Field(
        default=None, ge=1, description="trainings per network; default: 3 from the supernet, 1 from scratch"
    )
    tolerance: float = Field(
        default=0.5, ge=0, description="points of accuracy, or percent of another objective, not worth paying for"
    )
    max_latency: str | None = Field(
        default=None, description="how much slower the recommended network may be than no attention, as '+5 %'"
    )
    export: tuple[str, ...] = Field(
        default_factory=usual_formats,
        strict=False,
        description="formats that the recommended network is exported to; default without TensorFlow: keras",
    )
    on_nan: Literal["stop", "restore"] = Field(
        default="stop",
        description="what a training does that loses its numbers: it ends, or goes back with half the rate, thrice",
    )
    keep: Literal["all", "found"] = Field(
        default="all",
        description="whose weights are kept: all, or only those of the first seed of the usual networks, and of "
        "networks that may be folded",
    )

    @model_validator(mode="after")
    def _backbone_or_model(self) -> "Config":
        if faults := network_faults(dict(self)):
            raise ValueError("; ".join(faults))
        return self

    @field_validator("max_latency")
    @classmethod
    def _readable(cls, limit: str | None) -> str | None:
        if limit is not None:
            increase(limit)
        return limit

    @property
    def compared(self) -> tuple[str, ...]:
        """These are the names of the compared networks, in the order of a report; the usual ones are always there."""
        return tuple(name for name in NETWORKS if name in (*USUAL, *(self.compare or ())))

    @property
    def repeats(self) -> int:
        """This is how often every network that is compared is trained, each time with a seed of its own."""
        return self.seeds or (3 if self.start == "supernet" else 1)

    def yaml(self) -> str:
        """Writes the configuration as the text of a YAML file."""
        return yaml.dump(self.model_dump(mode="json"), Dumper=Dumper, sort_keys=False)


def network_faults(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the choice of a backbone, which is pre-trained, or a given model, which is fine-tuned."""
    backbone, model, pretrain = (values.get(key) for key in ("backbone", "model", "pretrain"))
    if backbone is not None and model is not None:
        return ["backbone, model: a run has a backbone or a model, a trained one: give one of the two"]
    if model is None:
        missing = {"backbone": backbone, "pretrain": pretrain}
        return [f"{key}: is missing" for key, value in missing.items() if value is None]
    if pretrain or values.get("train") or values.get("start") == "scratch":
        return ["model: a given model is fine-tuned as tune says: leave out pretrain, train and start"]
    if values.get("shrinking") is not None:
        return ["shrinking: the supernet of a given model is trained too briefly for blocks to leave it: leave it out"]
    search = values.get("search") or {}
    if (search.get("objective") if isinstance(search, Mapping) else search.objective) == "loss":
        return ["search.objective: a given model is searched by its own objective, model.objective: leave it out"]
    return []
