"""A trained network of the comparison with its gates folded, where they can be constant."""

import time

import keras
import numpy as np

from keras_ean.folding import find_gates, fold
from keras_ean.measure import cost
from keras_ean.run import trainer
from keras_ean.run.architecture import calibration_rows
from keras_ean.run.context import Context
from keras_ean.run.networks import Compared
from keras_ean.run.stages.network import Network

IMAGES = 5_000
"""Of the validation images, the most that decide which gates are folded."""


class Folding(Network):
    """Folds the gates of one of the networks that are compared, within the run's tolerance of accuracy.

    Validation images decide, as they do in the search; BatchNorm statistics are re-estimated on the images with which
    the search's are. Nothing is trained.

    Args:
        context: of the run.
        compared: which one.
        base: the network that is folded, of the same seed.
    """

    def __init__(self, context: Context, compared: Compared, base: Network):
        super().__init__(context, compared, base.seed, base.search, base.supernet)
        self.base = base

    def make(self) -> keras.Model:
        context, config = self.context, self.context.config
        if context.by_task is not None:
            raise ValueError("The networks of a given model are not folded in a run yet: fold one with ean.fold.")
        network, facts = self.base(), self.base.figures()
        start = time.perf_counter()
        live: tuple[str, ...] = ()
        folded: tuple[str, ...] = ()
        if find_gates(network):
            context.console.print(f"fold: {self.base.compared.title}, seed {self.seed}")
            images, train = context.images.data.validation, context.images.data.train
            images = images.take(np.random.default_rng(config.seed).permutation(len(images))[:IMAGES])
            rows = calibration_rows(config, len(train))
            calibrate = train.take(rows).arrays()[0] if len(rows) else None
            found = fold(network, images, tolerance=config.tolerance, calibrate=calibrate, name=self.compared.name)
            network, live, folded = found.network, found.live, found.folded
            trainer.of_networks(config).recipe.compile(network, steps_per_epoch=1, epochs=1)
        tested = trainer.tested(context, network)
        context.save(network, self.model_file)
        self._keep(tested)
        measured = {
            "name": self.compared.name,
            "accuracy": tested.results["accuracy"],
            "loss": tested.results["loss"],
            "parameters": cost.parameters(network),
            "flops": None if facts["flops"] is None else cost.flops(network),
            "live": len(live),
            "folded": list(folded),
            "seconds": round(facts["seconds"] + time.perf_counter() - start, 2),
        }
        context.folder.write_json(self.place, {**facts, **measured})
        return network
