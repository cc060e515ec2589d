"""A network of the comparison, trained from scratch."""

import time
from pathlib import Path

import keras

from keras_ean.measure import cost
from keras_ean.run import trainer
from keras_ean.run.context import Context
from keras_ean.run.folder import read_json
from keras_ean.run.networks import FOUND, Compared, Search
from keras_ean.run.stages.stage import Stage
from keras_ean.scheme import Scheme


class Network(Stage[keras.Model]):
    """Trains and measures one of the networks that are compared, with one seed.

    Args:
        context: of the run.
        compared: which one.
        seed: of this training.
        search: gives the found scheme, or with a name a rival's, should the network need it.
    """

    def __init__(self, context: Context, compared: Compared, seed: int, search: Search):
        super().__init__(context)
        self.compared, self.seed, self.search = compared, seed, search
        self.work = f"{compared.name}-{seed}"

    @property
    def folder(self) -> Path:
        return self.context.folder.network(self.compared.name, self.seed)

    @property
    def place(self) -> Path:
        """The figures, which are written last; weights are not always kept."""
        return self.folder / "metrics.json"

    @property
    def model_file(self) -> Path:
        return self.folder / "model.keras"

    def scheme(self) -> Scheme:
        """Where this network has attention."""
        stages, seed = self.context.architecture.stages, self.context.config.seed + self.seed
        return self.compared.scheme(stages, seed, self.search)

    def figures(self) -> dict:
        """What was measured; trains the network first if need be."""
        if not self.finished:
            self.make()
        return read_json(self.place)

    def trained(self) -> keras.Model:
        """The network, which is not trained now.

        Raises:
            FileNotFoundError: it has not been trained yet, or its weights were not kept.
        """
        if not self.finished:
            raise FileNotFoundError(
                f"The network {self.compared.name!r} of seed {self.seed} is not trained; do so with: "
                f"keras-ean train {self.context.folder.path} --name {self.compared.name} --seed {self.seed}"
            )
        return self.read()

    def read(self) -> keras.Model:
        """The trained network.

        Raises:
            FileNotFoundError: its weights were not kept, since `keep` is "found".
        """
        if not self.model_file.is_file():
            raise FileNotFoundError(
                f"The network {self.compared.name!r} of seed {self.seed} was trained, but its weights were not kept, "
                "since the run's configuration says keep: found. Its figures are in metrics.json."
            )
        return self.context.load(self.model_file)

    def make(self) -> keras.Model:
        context, config, name, seed = self.context, self.context.config, self.compared.name, self.seed
        scheme, start = self.scheme(), time.perf_counter()
        network = trainer.train(
            context,
            lambda: context.architecture.network(scheme, self.compared.share, name),
            self.work,
            f"train: {self.compared.title}",
            config.train,
            seed,
            config.seed + seed,
        )
        figures = trainer.evaluate(context, network)
        if config.keep == "all" or (name, seed) == (FOUND, 0):
            context.save(network, self.model_file)
        facts = {
            "name": name,
            "seed": seed,
            "scheme": str(scheme),
            "accuracy": figures["accuracy"],
            "loss": figures["loss"],
            "images": len(context.images.data.test),
            "parameters": cost.parameters(network),
            "flops": cost.flops(network) if keras.backend.backend() != "torch" else None,
            "precision": trainer.resolve(config.train).precision,
            "seconds": round(time.perf_counter() - start, 2),
        }
        context.folder.write_json(self.place, facts)
        trainer.finish(context, self.work)
        return network
