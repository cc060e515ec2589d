"""Supernet training that leaves out what is decided: blocks that are surely off are drawn no more."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_ean.attention import Attention
from keras_ean.measure.effects import Effect
from keras_ean.measure.effects_by_image import effects_by_image
from keras_ean.option_types import type_faults
from keras_ean.place_names import PlaceNames
from keras_ean.plugging.identity_start import IdentityStart
from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.supernet import SupernetEvaluator
from keras_ean.supernet import sampling
from keras_ean.supernet.under_schemes import UnderSchemes

TOLERANCES = {"loss": 0.01, "accuracy": 0.005}
"""By what is looked at, the effect of a block that is not worth connecting it; a hundredth of a nat, half a point."""
LEAST, EACH = 16, 4
"""Schemes of a look at the least, and for each block that is left."""


class Decision(NamedTuple):
    """Tells that a block left the space.

    Attributes:
        epoch: The number of epochs after which it left.
        block: The number of the block.
        bit: What it is in every scheme from then on, 0 for off and 1 for on.
        effect: What connecting it was estimated to change, with its interval; positive effects are good ones.
    """

    epoch: int
    block: int
    bit: int
    effect: Effect


class SpaceShrinking(keras.callbacks.Callback):
    """Shrinks the space that a supernet's training draws from, while it trains: a callback for `fit`.

    Between a few epochs a sample of schemes is scored on held-out images, and the main effect of each block is
    estimated, with an interval that holds the noise of the images and of the sample. A block whose whole interval is
    below the tolerance, at two looks in a row, is off from then on (`Supernet.decide`), and the rest of the training is
    spent on the others. Of several only the surer half leaves at once, one at least; then it is asked again in the
    space that is left, since what a block is worth depends on the others: of two that do the same, one stays. The
    confidence holds for all that is asked in a training taken together. What an interval does not know is what a block
    would have learned later, or in another training.

    Search-space shrinking by scores of the supernet is known from "Angle-based search space shrinking"
    (arXiv 2004.13431) and others.

    What is decided is a weight of the supernet: it is saved with it and restored from checkpoints, and nothing is
    traced anew. Schemes are drawn from the seed and the number of the epoch, so that a training that is resumed decides
    what it would have decided.

    Args:
        data: The held-out images with their labels, as `SupernetEvaluator` takes them; not those that judge the result.
        calibration: The training images on which the BatchNorm statistics of each scheme are estimated anew; without
            them, which None means, schemes are misjudged (docs/scores.md).
        objective: What schemes are compared by, "loss", the cross-entropy in nats, or "accuracy".
        tolerance: The effect, in nats or in accuracy of 0 … 1, that a block must have to be worth connecting; None
            takes 0.01 nats, or 0.005, which is half a point.
        connect: Whether blocks leave too whose whole interval is above the tolerance; they are on from then on.
        looks: How often schemes are scored, at least twice; the epochs after which it is done are spread evenly, none
            of them the last.
        schemes: The number of schemes that are scored when the space is first asked; None takes four for each block
            that is left, 16 at the least. Where the space has no more of them, all are scored.
        confidence: The probability, 0 … 1, that no block is decided by chance.
        batch_size: The number of images in a forward pass.
        seed: The seed of the schemes that are scored.
        supernet: The supernet, where it is not the model that is fitted but one within it, as in `OnDevice`.
        tell: A function that is told every decision as a line; None tells nobody.

    Attributes:
        decisions: The decisions of this `fit`, in their order.

    Raises:
        ValueError: An option is not within its limits. `fit` raises it, before the first step, where what it trains is
            no supernet of a classifier, images or labels do not fit it, or there are not more epochs than looks.

    Example:
        >>> import numpy as np
        >>> from keras_ean import build_supernet
        >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=2, seed=0)
        >>> supernet.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> x, y = np.random.default_rng(0).normal(size=(8, 8, 8, 1)), np.arange(8) % 2
        >>> shrinking = SpaceShrinking((x, y), calibration=x, looks=2, tell=None)
        >>> history = supernet.fit(x, y, epochs=3, callbacks=[shrinking], verbose=0)
        >>> supernet.decided == {one.block: one.bit for one in shrinking.decisions}
        True
    """

    def __init__(
        self,
        data: Any,
        calibration: Any = None,
        objective: str = "loss",
        tolerance: float | None = None,
        connect: bool = False,
        looks: int = 4,
        schemes: int | None = None,
        confidence: float = 0.95,
        batch_size: int = 256,
        seed: int = 0,
        supernet: UnderSchemes | None = None,
        tell: Callable[[str], None] | None = print,
    ):
        super().__init__()
        given = {"tolerance": tolerance, "connect": connect, "looks": looks, "schemes": schemes}
        if faults := type_faults(
            SpaceShrinking, {**given, "confidence": confidence, "batch_size": batch_size, "seed": seed}
        ):
            raise ValueError(f"{'; '.join(faults)}.")
        check_options(objective, tolerance, looks, schemes, confidence, batch_size)
        self.data, self.calibration, self.batch_size, self.seed = data, calibration, batch_size, seed
        self.objective, self.tolerance = objective, TOLERANCES[objective] if tolerance is None else tolerance
        self.connect, self.looks, self.schemes, self.confidence = connect, looks, schemes, confidence
        self.trained, self.tell = supernet, tell
        self.decisions: list[Decision] = []

    @property
    def supernet(self) -> UnderSchemes:
        """This is the supernet that is trained, its weights up to date."""
        fitted = self.model  # On JAX, asking for it brings the weights up to date.
        supernet = self.trained or fitted
        if not isinstance(supernet, UnderSchemes):
            raise ValueError(
                "SpaceShrinking is a callback for the fit of a supernet (ean.build_supernet, ean.plug_supernet), or of "
                f"a model around the one given as supernet=, not of {type(supernet).__name__}."
            )
        return supernet

    def on_train_begin(self, logs=None):
        epochs, self.decisions = self.params["epochs"], []
        if epochs <= self.looks:
            raise ValueError(
                f"SpaceShrinking looks {self.looks} times before the last epoch, which takes more epochs than that, "
                f"not {epochs}: train longer, or give fewer looks."
            )
        self.epochs = after_epochs(epochs, self.looks)
        check_supernet(self.supernet)
        self.evaluator = SupernetEvaluator(self.supernet, self.data, self.batch_size, self.calibration)

    def on_epoch_begin(self, epoch, logs=None):
        # Not at the end of the one before, whose state other callbacks may have saved already.
        if epoch in self.epochs:
            self._look(epoch)

    def _look(self, epoch: int) -> None:
        supernet, random = self.supernet, np.random.default_rng([self.seed, epoch])
        self.evaluator.refresh()
        before = np.array(ops.convert_to_numpy(supernet.decisions)) > 0
        scored: dict[Scheme, np.ndarray] = {}
        while clear := self._clear(supernet, scored, random):
            agreed = [(block, bit) for block, bit in clear if before[bit, block]]
            for block, bit in agreed[: max(1, len(agreed) // 2)]:
                supernet.decide({block: bit})
                self._note(Decision(epoch, block, bit, clear[block, bit]), supernet)
            if not agreed:
                break
        free = set(range(sum(supernet.stages))) - supernet.decided.keys()
        supernet.decide(dict.fromkeys(free))
        supernet.decide(dict(list(clear)), sure=0.5)

    def _clear(self, supernet: UnderSchemes, scored: dict[Scheme, np.ndarray], random) -> dict[tuple, Effect]:
        """The blocks whose interval tells whether they should be off or on in the space that is left, as (block, bit)
        with their effects, the surest first."""
        decided, blocks = supernet.decided, sum(supernet.stages)
        free = [block for block in range(blocks) if block not in decided]
        if not free:
            return {}
        wanted = self.schemes or max(LEAST, EACH * len(free))
        within = [scheme for scheme in scored if all(scheme.bits[block] == bit for block, bit in decided.items())]
        schemes = sample(supernet.stages, decided, wanted, random, within)
        new = [scheme for scheme in schemes if scheme not in scored]
        scored.update(zip(new, self._values(new), strict=True))
        bits = np.array([scheme.bits for scheme in schemes])[:, free]
        # So many intervals there are at the most: of every block, at every look and after every decision.
        asked = blocks * (self.looks + blocks)
        values = np.stack([scored[scheme] for scheme in schemes])
        effects = effects_by_image(bits, values, self.tolerance, 1 - (1 - self.confidence) / asked)
        bit_of = {"off": 0, "on": 1} if self.connect else {"off": 0}
        clear = [
            (block, bit_of[one.decided], one) for block, one in zip(free, effects, strict=True) if one.decided in bit_of
        ]
        clear.sort(key=lambda found: -abs(found[2].effect - self.tolerance) / max(found[2].error, 1e-12))
        return {(block, bit): one for block, bit, one in clear}

    def _values(self, schemes: Sequence[Scheme]) -> Iterable[np.ndarray]:
        """What each scheme reaches on each image, more being better."""
        if not schemes:
            return []
        values = self.evaluator.outcomes(schemes)[self.objective]
        return -values if self.objective == "loss" else values

    def _note(self, decision: Decision, supernet: UnderSchemes) -> None:
        self.decisions.append(decision)
        if self.tell is not None:
            _, block, bit, effect = decision
            unit = "nats" if self.objective == "loss" else "of accuracy"
            left, called = sum(supernet.stages) - len(supernet.decided), names_of(supernet)
            self.tell(
                f"After epoch {decision.epoch} {called(block)} is {'on' if bit else 'off'}: connecting it changes the "
                f"{self.objective} by {effect.effect:+.2g} ({effect.low:+.2g} to {effect.high:+.2g}, + for better) "
                f"{unit}. Left to decide: {left} of {sum(supernet.stages)} {called.noun}s."
            )


def check_options(
    objective: str, tolerance: float | None, looks: int, schemes: int | None, confidence: float, batch_size: int
) -> None:
    """ValueError for an option that is not within its limits."""
    if objective not in TOLERANCES:
        raise ValueError(f"objective is 'loss' or 'accuracy', not {objective!r}.")
    if tolerance is not None and not tolerance >= 0:
        raise ValueError(f"tolerance is 0 or more, not {tolerance!r}.")
    for name, value in (("looks", looks), ("schemes", 2 if schemes is None else schemes)):
        if value < 2:
            raise ValueError(f"{name} is a whole number from 2 on, not {value!r}.")
    if batch_size < 1:
        raise ValueError(f"batch_size is a positive whole number, not {batch_size!r}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, not {confidence!r}.")


def check_supernet(supernet: UnderSchemes) -> None:
    """ValueError for a supernet whose space cannot shrink while it trains."""
    outputs = [tuple(output.shape[1:]) for output in supernet.body.outputs]
    if len(outputs) != 1 or len(outputs[0]) != 1 or outputs[0][0] < 2:
        raise ValueError(
            "SpaceShrinking compares schemes as classifiers, (images, classes) with two classes or more, but the "
            f"outputs of this supernet are {outputs}: train it without, or take blocks out by supernet.decide."
        )
    if supernet.sample is sampling.get("everywhere"):
        raise ValueError(
            "SpaceShrinking shrinks the space that schemes are drawn from, but with sampling='everywhere' none are "
            "drawn: take another sampling, or leave it out."
        )
    modules = [module for layer in supernet.body.layers if isinstance(layer, Attention) for module in layer.called()]
    if any(isinstance(one, IdentityStart) and not ops.convert_to_numpy(one.alpha).any() for one in modules):
        raise ValueError(
            "SpaceShrinking takes blocks out whose attention is worth nothing, but with identity_init=True all "
            "attention is worth nothing until it has faded in: train without it first, or plug without identity_init."
        )


def names_of(supernet: UnderSchemes) -> PlaceNames:
    """What the places of a supernet are called."""
    layers = [layer for layer in supernet.body.layers if isinstance(layer, Attention)]
    module = max(layers, key=lambda layer: layer.per_block)
    offered = module.called() if module.per_block > 1 else (module,)
    return PlaceNames("+".join(type(getattr(one, "module", one)).__name__ for one in offered))


def after_epochs(epochs: int, looks: int) -> set[int]:
    """The numbers of finished epochs after which schemes are scored, evenly spread, none of them the last.

    Example:
        >>> sorted(after_epochs(20, 3)), sorted(after_epochs(4, 3))
        ([5, 10, 15], [1, 2, 3])
    """
    return {max(1, epochs * number // (looks + 1)) for number in range(1, looks + 1)}


def sample(
    stages: Sequence[int], decided: dict[int, int], count: int, random: np.random.Generator, known: Sequence[Scheme]
) -> list[Scheme]:
    """Different schemes in which the decided blocks are as they were decided: those that are known, and so many in all
    that `count` are reached, or all there are. New ones come in pairs that differ in every block that is free.

    Example:
        >>> drawn = sample((2, 2), {1: 0}, 4, np.random.default_rng(0), [])
        >>> len(set(drawn)), {scheme.bits[1] for scheme in drawn}
        (4, {0})
    """
    free = np.array([block for block in range(sum(stages)) if block not in decided], int)
    bits = np.array([decided.get(block, 0) for block in range(sum(stages))])
    if 2.0 ** len(free) <= count:
        found = dict.fromkeys(known)
        for number in range(2 ** len(free)):
            bits[free] = number >> np.arange(len(free)) & 1
            found[Scheme(bits.tolist(), stages)] = None
        return list(found)
    found = dict.fromkeys(known)
    while len(found) < count:
        own = random.integers(0, 2, len(free))
        for half in (own, 1 - own):
            bits[free] = half
            found[Scheme(bits.tolist(), stages)] = None
    return list(found)
