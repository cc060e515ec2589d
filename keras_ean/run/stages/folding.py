"""A trained network of the comparison with its gates folded, where they can be constant."""

import time
import warnings
from typing import Any

import keras
import numpy as np

from keras_ean.folding import Folded, GuessedWarning, find_gates, fold
from keras_ean.measure import cost
from keras_ean.run import trainer
from keras_ean.run.context import Context
from keras_ean.run.networks import FOLDING_IMAGES, Compared
from keras_ean.run.stages.network import Network


class Folding(Network):
    """Folds the gates of one of the networks that are compared, within the run's tolerance.

    Validation images decide, as they do in the search. BatchNorm statistics are re-estimated on more training images
    than a score's are, for it is done once, and few images make noise of their own. Nothing is trained.

    Args:
        context: The context of the run.
        compared: The folded network, one of `keras_ean.run.networks`.
        base: The stage of the trained network that is folded, with the same seed.
    """

    def __init__(self, context: Context, compared: Compared, base: Network):
        super().__init__(context, compared, base.seed, base.search, base.supernet)
        self.base = base

    def _make(self) -> keras.Model:
        context, config = self.context, self.context.config
        network, facts = self.base(), self.base.figures()
        start = time.perf_counter()
        live: tuple[str, ...] = ()
        folded: tuple[str, ...] = ()
        if find_gates(network):
            context.limit.check(f"fold {self.base.compared.title}, seed {self.seed}")
            found = self._folded(network, facts["accuracy"])
            network, live, folded = found.network, found.live, found.folded
            done = f"{len(folded)} of {len(found.gates)} gates"
            context.tell(f"fold: {self.base.compared.title}, seed {self.seed}: {done}")
            if context.by_task is not None:
                context.by_task.architecture.task.compile(network)
            else:
                trainer.of_networks(config).recipe.compile(network, steps_per_epoch=1, epochs=1)
        tested = trainer.tested(context, network)
        context.folder.save(network, self.model_file)
        self._keep(tested)
        measured = {
            "name": self.compared.name,
            **self._reached(tested),
            "parameters": self._parameters(network),
            "flops": None if facts["flops"] is None else cost.flops(network),
            "live": len(live),
            "folded": list(folded),
            "seconds": round(facts["seconds"] + time.perf_counter() - start, 2),
        }
        context.folder.write_json(self.place, {**facts, **measured})
        self._track({**facts, **measured})
        return network

    def _folded(self, network: keras.Model, score: float) -> Folded:
        """Folds by the accuracy, or by the objective of a given model, of which `score` is the network's."""
        context, config, unit = self.context, self.context.config, self.context.unit
        held_out = context.images.data.validation
        calibrate = context.architecture.calibration(config.start, FOLDING_IMAGES)
        held_out = held_out.take(np.random.default_rng(config.seed).permutation(len(held_out))[:FOLDING_IMAGES])
        if context.by_task is None:
            name, tolerance = self.compared.name, config.tolerance
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GuessedWarning)  # The run's images are read for the run's networks.
                return fold(network, held_out, tolerance=tolerance, calibrate=calibrate, name=name, each=False)
        scorer = context.by_task.scorer

        def metric(numbers: np.ndarray, outputs: Any) -> float:
            found = scorer.results(scorer.sums(held_out.take(numbers), outputs))
            return unit.turned(unit.factor * found[unit.objective])

        return fold(
            network,
            held_out.inputs,
            np.arange(len(held_out)),
            config.tolerance * (1.0 if unit.share else abs(score) / 100),
            metric,
            calibrate,
            name=self.compared.name,
            each=False,
        )
