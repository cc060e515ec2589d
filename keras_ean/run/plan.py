"""What a run is going to do, and how long it will take: said before it starts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keras_ean.measure.effort import Effort
from keras_ean.place_names import PlaceNames
from keras_ean.run import trainer
from keras_ean.run.budget import schemes_at_most
from keras_ean.run.cautions import cautions, cautions_of_examples, no_batch
from keras_ean.run.config import Config
from keras_ean.run.context import Context
from keras_ean.run.effort import Numbers, efforts, schemes_a_look, trainings, with_folding, yardstick
from keras_ean.run.networks import FOLDED, NETWORKS, title
from keras_ean.run.scoring import needs_supernet
from keras_ean.run.speed import Pace, Speed, speed

EXPORT = 15.0
"""Seconds of an export and of its check in a fresh process, of which most is the start of Python and Keras."""
DRAWINGS = 14
"""How many times as long as the simplest of its figures a report takes."""
BYTES, LAYERS, SCORE, REPORT = 8, 40_000, 40, 1_500_000
"""On disk: of a parameter its value and its momentum, in float32; of what describes a block in a kept network, at the
most; of a block in a scored scheme; and of a report with its figures and of the curves of all trainings."""


@dataclass(frozen=True)
class Plan:
    """Tells what a run is going to do, and how long it will take; `str()` says it, a line for every phase.

    Attributes:
        config: The configuration of the run.
        images: The numbers of training, validation and test images.
        data: What the images are, in words.
        stages: The numbers of residual blocks in each stage of the network.
        cautions: Sentences on what the run will not be able to show.
        speed: The speed of this machine, from a few steps that were timed; None if none were.
    """

    config: Config
    images: Numbers
    data: str
    stages: tuple[int, ...]
    cautions: tuple[str, ...]
    speed: Speed | None = None

    @property
    def efforts(self) -> dict[str, Effort]:
        """This is the effort of each part of the run by its name, as `keras_ean.run.effort.efforts` counts it."""
        return efforts(self.config, self.images, self.stages)

    @property
    def trainings(self) -> float:
        """This is what the whole run costs, in trainings of the network without attention."""
        return trainings(self.config, self.images, self.efforts)

    @property
    def folded(self) -> list[str]:
        """These are the names of the networks whose gates are folded, as far as the configuration names them."""
        return [name for name in self.config.compared if name in FOLDED]

    def seconds(self) -> dict[str, float]:
        """Estimates the seconds of every part of the run by its name; there are none if the machine was not timed."""
        if self.speed is None:
            return {}
        effort, supernet, plain = self.efforts, self.speed.supernet, self.speed.plain
        more, looks = effort.get("folding", Effort()), effort.get("shrinking")
        # Built and traced once for all seeds; counting operations is a trace more. Each seed writes and reads states.
        first = 2 * plain.building + plain.tracing + 2 * plain.opening
        others = self.config.repeats * plain.building
        # For the comparison, and for the prices of blocks on the front of accuracy against latency.
        timed = len(self.config.compared) + 1 + len(self.stages)
        folds = len(self.folded) * self.config.repeats
        starting = supernet.building + supernet.tracing
        if self.config.model is not None:  # Its baseline is trained, too; and attention alone first, in both.
            starting += supernet.tracing + plain.building + 2 * plain.tracing
        return {
            **({"supernet": starting + taken(effort["supernet"], supernet)} if needs_supernet(self.config) else {}),
            **({"shrinking": 2 * supernet.opening + taken(looks, supernet)} if looks else {}),
            # Statistics are estimated by one function, and schemes scored by another.
            "search": 2 * supernet.opening + taken(effort["search"], supernet),
            "networks": (len(self.config.compared) - len(self.folded)) * (first + others)
            + taken(effort["networks"], plain)
            + taken(effort["tests"], plain),
            # Read with its weights, looked at, rewritten, and tested.
            **({"folding": folds * (2 * plain.building + 2 * plain.opening) + taken(more, plain)} if folds else {}),
            "timing": timed * (plain.building + plain.opening) + taken(effort["timing"], plain),
            "export and report": len(self.config.export) * EXPORT + DRAWINGS * self.speed.drawing,
        }

    @property
    def bytes(self) -> int | None:
        """This is the most that the run takes on disk, in bytes; None if the machine was not timed.

        It counts the networks that are kept, the supernet, the state of the training under way, what is exported, the
        scores and the report.
        """
        if self.speed is None:
            return None
        config = self.config if self.config.compare is not None else with_folding(self.config)
        kept = len(config.compared) * (config.repeats if config.keep == "all" else 1)
        files = kept + 2 + len(self.config.export)
        scores = (1_000 + SCORE * sum(self.stages)) * schemes_at_most(self.config, self.stages)
        return files * (BYTES * self.speed.parameters + LAYERS * (1 + sum(self.stages))) + scores + REPORT

    def __str__(self) -> str:
        return "\n".join([*self.lines(), *(f"note: {caution}" for caution in self.cautions)])

    def lines(self) -> list[str]:
        """Gives the lines of the plan without the cautions: what is done, in this order, and what all of it takes."""
        config, own = self.config, trainer.of_networks(self.config)
        trained = [name for name in config.compared if name not in self.folded]
        start = "from the supernet's weights" if config.start == "supernet" else "from random weights"
        lines = [
            f"images     {self.data}",
            self.supernet(),
            *self.shrinking(),
            f"search     {self.scored()} by {config.search.oracle}, on {self.images.validation:,} validation images"
            f"{', compared by loss' if config.search.objective == 'loss' else ''}",
            f"networks   {', '.join(map(title, trained))}: {plural(config.repeats, 'training')} each, {start}, "
            f"{plural(own.epochs, 'epoch')}",
            *self.folding(),
            f"verdict    on {self.images.test:,} test images; tolerance {config.tolerance:g} points",
            f"export     {', '.join(config.export) or 'nothing'}",
            f"cost       {self.trainings:.1f} times {yardstick(config)}",
        ]
        if times := self.seconds():
            each = ", ".join(f"{name} {readable(seconds)}" for name, seconds in times.items())
            runs = f", in each of {self.config.modules} runs" if self.config.modules > 1 else ""
            lines.append(f"time       about {readable(sum(times.values()))} on this machine{runs}: {each}")
        if self.bytes is not None:
            lines.append(f"disk       at most about {max(1, self.bytes / 1e6):,.0f} MB")
        return lines

    def supernet(self) -> str:
        """Gives the line on the supernet, or on the network alone where none is trained."""
        config, built = self.config, f"{self.network()} with {described(self.config.attention)}"
        places = PlaceNames(config.attention.name).counted(sum(self.stages))
        if not needs_supernet(config):
            return f"network    {built}, {places}"
        course = trainer.pretraining(config)
        by = config.pretrain.recipe if config.pretrain else "its own loss and optimizer"
        return f"supernet   {built}, {places}: {plural(course.epochs, 'epoch')} of {self.images.train:,} images by {by}"

    def shrinking(self) -> list[str]:
        """Gives the line on the looks at which blocks leave the space; there is none if it does not shrink."""
        if self.config.shrinking is None:
            return []
        looks, noun = self.config.shrinking.looks, PlaceNames(self.config.attention.name).noun
        cost = trainings(self.config, self.images, {"shrinking": self.efforts["shrinking"]})
        return [
            f"shrinking  {looks} looks at up to {schemes_a_look(self.config, sum(self.stages))} schemes each: "
            f"{cost:.1f} of the cost below; {noun}s that are decided leave the supernet's training"
        ]

    def folding(self) -> list[str]:
        """Gives the line on which networks are compared with their gates folded; there is none if none can be."""
        if self.config.compare is None:
            more = replace(self, config=with_folding(self.config)).trainings - self.trainings
            return [
                f"folding    {bases(FOLDED)}: if one of them would be recommended, also with its gates folded; at most "
                f"{more:.1f} beyond the cost below"
            ]
        return [f"folding    {bases(self.folded)}: also with their gates folded"] if self.folded else []

    def network(self) -> str:
        """Gives the name of the backbone with its options, or that of the given model."""
        if self.config.model is not None:
            return self.config.model.name
        return described(self.config.backbone)

    def scored(self) -> str:
        """Says in words how many schemes are scored, of how many that there are."""
        most, every = schemes_at_most(self.config, self.stages), 2 ** sum(self.stages)
        searches = " in each of two searches" if "genetic" in self.config.compared else ""
        reward = self.config.search.reward
        limits = reward and (reward.max_connections, *(cost.limit for cost in reward.costs.values()))
        kept = " that keep the limits" if limits and any(limit is not None for limit in limits) else ""
        if most >= every:
            return f"all {every:,} schemes{kept} (exhaustive){searches}"
        return f"up to {most:,} scores of {every:,} schemes{kept}{searches}"


def make_plan(context: Context, timed: bool = True) -> Plan:
    """The plan of a run; reads its images.

    Args:
        context: The context of the run.
        timed: Also time a few steps on this machine.

    Raises:
        ValueError: Too few images to train on.
    """
    config, images = context.config, context.images.data
    if context.by_task is not None:
        context.by_task.check()  # Before anything is timed on them.
        noted = cautions_of_examples(config.tolerance, images, context.by_task.classes)
        noted += context.by_task.doubt() if timed else []
        described, stages = images.described, context.architecture.stages
        return Plan(config, Numbers.of(images), described, stages, tuple(noted), speed(context) if timed else None)
    courses = {"pretrain": trainer.pretraining(config)}
    if config.start == "scratch":
        courses["train" if config.train else "pretrain"] = trainer.from_scratch(config)
    no_batch(
        [
            (key, len(images.train), course.recipe.batch_size)
            for key, course in courses.items()
            if course.recipe.drop_remainder
        ]
    )
    return Plan(
        config,
        Numbers.of(images),
        str(images),
        context.architecture.stages,
        tuple(cautions(config, images)),
        speed(context) if timed else None,
    )


def bases(names: Iterable[str]) -> str:
    """The trained networks that are folded."""
    return ", ".join(title(str(NETWORKS[name].folds)) for name in names)


def taken(effort: Effort, pace: Pace) -> float:
    """Seconds."""
    return effort.trained * pace.step + effort.forward * pace.look


def described(named) -> str:
    """A name with its options."""
    return (
        f"{named.name} ({', '.join(f'{key} {value}' for key, value in named.options.items())})"
        if named.options
        else named.name
    )


def plural(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def readable(seconds: float) -> str:
    """A time, rounded to the second, minute or tenth of an hour.

    Example:
        >>> [readable(seconds) for seconds in (0.2, 100, 4_000, 40_000)]
        ['1 s', '1 min 40 s', '67 min', '11.1 h']
    """
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 600:
        return f"{round(seconds) // 60} min {round(seconds) % 60} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
