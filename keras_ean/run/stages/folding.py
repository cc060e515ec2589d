"""A trained network of the comparison with its gates folded, where they can be constant."""

import time
from typing import Any

import keras
import numpy as np

from keras_ean.folding import find_gates
from keras_ean.folding.study import Study
from keras_ean.measure import cost
from keras_ean.run import trainer
from keras_ean.run.context import Context
from keras_ean.run.networks import FOLDING_IMAGES, Compared
from keras_ean.run.stages.network import Network


class Folding(Network):
    """Folds the gates of one of the networks that are compared, within the run's tolerance.

    Validation images decide, as they do in the search. The gates that were folded in the first training's network are
    tried first in those of the others, which have learnt from the same supernet or the same images. What is kept is the
    network that was looked at with its gates held at their means; nothing is trained, and no statistics are estimated.

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
        first = self._first()
        network, facts = self.base(), self.base.figures()
        facts.pop("same_as", None)  # It is folded for itself.
        start = time.perf_counter()
        folded: list[str] = []
        live = looks = 0
        if find_gates(network):
            context.limit.check(f"fold {self.base.compared.title}, seed {self.seed}")
            study = self._study(network)
            tolerance = config.tolerance * (1.0 if context.unit.share else abs(facts["accuracy"]) / 100)
            held = sorted(study.held(tolerance, first.get("folded", ())))
            network = study.rewriting(study.means(held)).network(study.model, self.compared.name)
            folded, looks = [study.gates[index].name for index in held], study.looks
            live = len(study.gates) - len(folded)
            done = f"{len(folded)} of {len(study.gates)} gates"
            context.tell(f"fold: {self.base.compared.title}, seed {self.seed}: {done}")
            if context.by_task is not None:
                context.by_task.architecture.task.compile(network)
            else:
                trainer.of_networks(config).recipe.compile(network, steps_per_epoch=1, epochs=1)
        tested = trainer.tested(context, network)
        context.folder.save(network, self.model_file)
        self._keep(tested)
        flops = facts["flops"]
        if flops is not None:
            flops = first["flops"] if folded == first.get("folded") else cost.flops(network)
        measured = {
            "name": self.compared.name,
            **self._reached(tested),
            "parameters": self._parameters(network),
            "flops": flops,
            "live": live,
            "folded": folded,
            "looks": looks,
            "seconds": round(facts["seconds"] + time.perf_counter() - start, 2),
        }
        context.folder.write_json(self.place, {**facts, **measured})
        self._track({**facts, **measured})
        return network

    def _first(self) -> dict[str, Any]:
        """The figures of the first training's network, folded; none for that one itself."""
        if self.seed == 0:
            return {}
        base = Network(self.context, self.base.compared, 0, self.base.search, self.base.supernet)
        return Folding(self.context, self.compared, base).figures()

    def _study(self, network: keras.Model) -> Study:
        """The gates on validation images, judged by the accuracy, or by the objective of a given model."""
        context, unit = self.context, self.context.unit
        held_out = context.images.data.validation
        held_out = held_out.take(np.random.default_rng(context.config.seed).permutation(len(held_out))[:FOLDING_IMAGES])
        if context.by_task is None:
            return Study.of(network, held_out, None, None, trainer.EVALUATION_BATCH)
        scorer = context.by_task.scorer

        def metric(numbers: np.ndarray, outputs: Any) -> float:
            found = scorer.results(scorer.sums(held_out.take(numbers), outputs))
            return unit.turned(unit.factor * found[unit.objective])

        return Study.of(network, held_out.inputs, np.arange(len(held_out)), metric, trainer.EVALUATION_BATCH)
