"""Bringing a run down to a budget, in trainings of the network without attention to the epochs asked for."""

import math
from collections.abc import Callable, Sequence

from keras_ean.run import trainer
from keras_ean.run.budget import search_options
from keras_ean.run.config import Config, Training
from keras_ean.run.effort import Numbers, efforts, plain_training, with_folding

PER_BLOCK, SEEDS, SHARE = 2, 2, 0.25
"""The least that is left: schemes for each block, trainings of each network, and share of the epochs asked for."""


def fitted(config: Config, images: Numbers, stages: Sequence[int], budget: float) -> tuple[Config, list[str]]:
    """Makes a configuration cheaper until the whole run costs at most a budget; gives it, and sentences on the changes.

    First no gates are folded, unless the configuration asks for it; then the search scores fewer schemes, networks are
    trained with fewer seeds, and everything is trained for fewer epochs; each is cut as little as will do.

    Args:
        config: The configuration that is asked for.
        images: The numbers of training, validation and test images.
        stages: The numbers of residual blocks in each stage.
        budget: The most that the run may cost, in trainings of the network without attention for the epochs that
            `config` asks for (`effort.plain_training`).

    Raises:
        ValueError: The budget is below the least that makes sense, which the message names, or leaves a space that
            shrinks too few epochs for its looks.

    Example:
        >>> from keras_ean.run import load_config
        >>> config, changes = fitted(load_config(), Numbers(2400, 1148, 1436), (3, 3, 3), 1.9)
        >>> config.repeats, changes
        (3, ['networks with folded gates: not compared', 'schemes that the search scores: 28 in place of 30'])
    """
    unit = plain_training(config, images).passes

    def cost(changed: Config) -> float:
        return sum(part.passes for part in efforts(changed, images, stages).values()) / unit

    changed, changes = config, []
    if config.compare is None and cost(with_folding(config)) > budget:
        changed, changes = config.model_copy(update={"compare": ()}), ["networks with folded gates: not compared"]
    for name, start, least, change in _measures(config, stages):
        if cost(changed) <= budget:
            break
        found = next((one for one in range(start, least, -1) if cost(change(changed, one)) <= budget), least)
        if found < start:
            changed = change(changed, found)
            changes.append(name(start, found))
    if cost(changed) > budget:
        raise ValueError(
            f"A budget of {budget:g} is too small: with the fewest schemes, seeds and epochs that make sense, this run "
            f"costs {math.ceil(100 * cost(changed)) / 100:g} trainings of the network without attention."
        )
    asked, left = trainer.pretraining(config).epochs, trainer.pretraining(changed).epochs
    if config.shrinking is not None and left <= config.shrinking.looks < asked:
        raise ValueError(
            f"A budget of {budget:g} is too small: of the supernet's {asked} epochs it leaves {left}, but "
            f"{config.shrinking.looks} looks before the last epoch (shrinking.looks) take more epochs than that: give "
            "fewer looks, or a larger budget."
        )
    return changed, changes


Change = Callable[[Config, int], Config]


def _measures(config: Config, stages: Sequence[int]) -> list[tuple[Callable[[int, int], str], int, int, Change]]:
    """What can be reduced, in this order: (sentence, how much is asked for, the least, the change)."""
    options, epochs = search_options(config, stages), trainer.pretraining(config).epochs
    schemes = options.get("max_schemes") or min(2 ** sum(stages), options["max_steps"] * options["samples_per_step"])
    return [
        (
            lambda old, new: f"schemes that the search scores: {new} in place of {old}",
            schemes,
            min(schemes, PER_BLOCK * sum(stages)),
            _with_schemes,
        ),
        (
            lambda old, new: f"trainings of each network: {new} in place of {old}",
            config.repeats,
            min(config.repeats, SEEDS),
            lambda changed, seeds: changed.model_copy(update={"seeds": seeds}),
        ),
        (
            lambda old, new: f"epochs of the supernet: {new} in place of {old}, and of the networks in proportion",
            epochs,
            math.ceil(SHARE * epochs),
            lambda changed, new: _with_epochs(changed, config, new / epochs),
        ),
    ]


def _with_schemes(config: Config, schemes: int) -> Config:
    options = {**config.search.options, "max_schemes": schemes}
    return config.model_copy(update={"search": config.search.model_copy(update={"options": options})})


def _with_epochs(changed: Config, asked: Config, share: float) -> Config:
    """With a share of the epochs that were asked for."""

    def shorter(epochs: int) -> int:
        return max(1, round(share * epochs))

    def training(section: Training, epochs: int) -> Training:
        return section.model_copy(update={"epochs": shorter(epochs)})

    epochs = trainer.pretraining(asked).epochs
    if asked.pretrain is None:
        return changed.model_copy(update={"tune": asked.tune.model_copy(update={"epochs": shorter(epochs)})})
    update: dict = {"pretrain": training(asked.pretrain, epochs)}
    if asked.tune.epochs:
        update["tune"] = asked.tune.model_copy(update={"epochs": shorter(asked.tune.epochs)})
    if asked.train and asked.train.epochs:
        update["train"] = training(asked.train, asked.train.epochs)
    return changed.model_copy(update=update)
