"""What a run costs, phase by phase, from its configuration and the number of its images alone.

The unit is a forward pass of one image (`keras_ean.measure.effort`); said in sentences, it is a training of the network
without attention, from scratch to its end, or the fine-tuning of a given model. Exports, and the check of each in a
fresh process, are not counted.
"""

from collections.abc import Sequence

from keras_ean.measure.effort import Effort
from keras_ean.measure.latency import ROUNDS, UNCOUNTED
from keras_ean.run import networks, pareto, trainer
from keras_ean.run.budget import schemes_at_most
from keras_ean.run.config import Config
from keras_ean.run.kept_images import Numbers
from keras_ean.run.networks import EVERYWHERE_FOLDED, FOLDED, FOLDING_IMAGES, LATENCY_BATCH
from keras_ean.run.scoring import evaluator_class, evaluator_options, needs_supernet
from keras_ean.search import Evaluation
from keras_ean.search.space_shrinking import EACH, LEAST


def plain_training(config: Config, images: Numbers) -> Effort:
    """Gives the effort of one training of the network without attention, the unit in which a run's cost is told.

    It is a training from scratch, by default as long as the supernet's; of a given model it is its fine-tuning.

    Args:
        config: The configuration of the run.
        images: The numbers of training, validation and test images.
    """
    course = trainer.from_scratch(config) if config.model is None else trainer.of_networks(config)
    return Effort(trained=course.images(images.train))


def yardstick(config: Config) -> str:
    """Says in words what `plain_training` is, for a sentence on how many times that much a run costs.

    Args:
        config: The configuration of the run.
    """
    if config.model is None:
        course, done = trainer.from_scratch(config), "training the network"
    else:
        course, done = trainer.of_networks(config), "fine-tuning the model"
    return f"{done} without attention for {course.epochs} epoch{'s' * (course.epochs != 1)}"


def with_folding(config: Config) -> Config:
    """Gives the configuration of a run that has come to fold gates by itself: at the most those of attention
    everywhere, and of the found network if one of the two is recommended only within a limit to its time.

    Args:
        config: The configuration of the run, which does not say what is compared.
    """
    return config.model_copy(update={"compare": FOLDED if config.max_latency else (EVERYWHERE_FOLDED,)})


def efforts(
    config: Config,
    images: Numbers,
    stages: Sequence[int],
    scored: Sequence[Evaluation] | None = None,
    figures: Sequence[dict] = (),
) -> dict[str, Effort]:
    """Counts the images that pass through networks in each part of a run.

    The parts are "supernet", "shrinking" (the looks, where blocks leave while it trains), "search", "networks",
    "folding" (where networks are folded), "tests" and "timing".

    Args:
        config: The configuration of the run.
        images: The numbers of training, validation and test images.
        stages: The numbers of residual blocks in each stage.
        scored: The evaluations of the search, further scores included; None counts as many as it may score at most.
        figures: The figures of the trainings that have been done, as in their metrics.json: a network whose scheme
            another one had was not trained again.

    Example:
        >>> from keras_ean.run import load_config
        >>> parts = efforts(load_config(), Numbers(train=2400, validation=1148, test=1436), (3, 3, 3))
        >>> parts["supernet"].trained
        56832
    """
    taken = sum("same_as" in facts for facts in figures)
    same = len({facts["name"] for facts in figures if "same_as" in facts})
    own = sum(networks.get(name).folds is None for name in config.compared)
    trained = config.repeats * own - taken
    # Once for all trainings of a network, but on PyTorch, which builds it anew for each.
    calibrated = own - same if config.start == "supernet" else 0
    return {
        "supernet": _supernet(config, images),
        **_shrinking(config, images, sum(stages)),
        "search": _search(config, images, stages, scored),
        "networks": Effort(
            forward=calibrated * _calibration(config, images),
            trained=trained * trainer.of_networks(config).images(images.train),
        ),
        **_folding(config, images, stages, figures),
        "tests": (len(config.compared) * config.repeats - taken) * Effort(forward=images.test),
        "timing": Effort(forward=_timed(config, stages, len(config.compared) - same) * LATENCY_BATCH),
    }


def trainings(config: Config, images: Numbers, parts: dict[str, Effort]) -> float:
    """Adds all parts of a run, and gives them in trainings of the network without attention (`plain_training`).

    Args:
        config: The configuration of the run.
        images: The numbers of training, validation and test images.
        parts: The effort of each part by its name, as `efforts` gives it.
    """
    return sum(part.passes for part in parts.values()) / plain_training(config, images).passes


def _calibration(config: Config, images: Numbers) -> int:
    return min(config.search.calibrate, images.train)


def _folding(config: Config, images: Numbers, stages: Sequence[int], figures: Sequence[dict]) -> dict[str, Effort]:
    """Of networks whose gates are folded, as often as each has looked at the validation images, or may at the most."""
    asked = [name for name in config.compared if name in FOLDED]
    looks = [_looks(sum(stages))] * len(asked) * config.repeats
    if figures:  # Those of an earlier version did not count.
        own = [facts for facts in figures if facts["name"] in asked]
        looks = [facts.get("looks", _looks(facts["scheme"].count("1"))) for facts in own]
    passes = sum(looks) * min(images.validation, FOLDING_IMAGES)
    return {"folding": Effort(forward=passes)} if passes else {}


def _looks(gates: int) -> int:
    """The most that a choice of so many gates takes: with them live, all held, each held alone, and with others."""
    return 2 * gates + (1 if gates > 1 else gates)


def _supernet(config: Config, images: Numbers) -> Effort:
    if not needs_supernet(config):
        return Effort()
    seen = trainer.seen_before(config, images.train) * (1 if config.model is None else 2)  # Its baseline, too.
    return Effort(forward=seen if config.distill else 0, trained=seen)


def schemes_a_look(config: Config, places: int) -> int:
    """Counts the schemes that are scored at most when it is asked which blocks leave the space; 0 if it is not.

    Args:
        config: The configuration of the run.
        places: The number of places for attention.
    """
    if config.shrinking is None:
        return 0
    return min(2**places, config.shrinking.schemes or max(LEAST, EACH * places))


def _shrinking(config: Config, images: Numbers, places: int) -> dict[str, Effort]:
    """Images that pass at the looks, but for what is asked again when a block has left."""
    if config.shrinking is None:
        return {}
    passes = schemes_a_look(config, places) * (images.validation + _calibration(config, images))
    return {"shrinking": Effort(forward=config.shrinking.looks * passes)}


def _search(config: Config, images: Numbers, stages: Sequence[int], scored: Sequence[Evaluation] | None) -> Effort:
    settings = config.search
    one = evaluator_class(config).effort(
        images.train, images.validation, _calibration(config, images), **evaluator_options(config)
    )
    stopping = settings.early_stopping
    if scored is None:
        searches = 1 + ("genetic" in config.compared)
        first = round(stopping.share * images.validation) if stopping else 0
        return searches * schemes_at_most(config, stages) * (one + Effort(forward=first))
    total = len(scored) * one
    if settings.racing:  # No image is looked at twice.
        total += Effort(forward=sum(round((one.share - 1) * images.validation) for one in scored))
    if stopping:  # A share is looked at first, and then all images again, or none.
        looked = (stopping.share if evaluation.share == 1 else evaluation.share - 1 for evaluation in scored)
        total += Effort(forward=sum(round(share * images.validation) for share in looked))
    return total


def _timed(config: Config, stages: Sequence[int], networks: int) -> int:
    """Calls by which so many networks are timed, and those from which latencies are predicted."""
    reward = config.search.reward
    rounds = ROUNDS if reward and "latency" in reward.costs else pareto.ROUNDS
    return networks * (ROUNDS + UNCOUNTED) + (1 + len(stages)) * (rounds + UNCOUNTED)
