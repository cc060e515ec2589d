"""A network of the comparison, trained from the supernet's weights or from scratch."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_ean.folding import without
from keras_ean.measure import cost
from keras_ean.measure.subjects import independent
from keras_ean.run import networks, trainer
from keras_ean.run.context import Context
from keras_ean.run.folder import read_json
from keras_ean.run.networks import Compared, Search
from keras_ean.run.plugged import PluggedArchitecture
from keras_ean.run.scoring import needs_supernet
from keras_ean.run.stages.baseline import Baseline
from keras_ean.run.stages.pretrain import Pretrain
from keras_ean.run.stages.stage import Stage
from keras_ean.run.work import Work
from keras_ean.scheme import Scheme


class Network(Stage[keras.Model]):
    """Trains and measures one of the networks that are compared, with one seed.

    Args:
        context: The context of the run.
        compared: The network to train, one of `keras_ean.run.networks`.
        seed: The number of its training, counted from 0.
        search: A function that gives the found scheme, or with the name of a rival that one's, should the network need
            it.
        supernet: The stage of the supernet from whose weights the training starts, if the configuration says so.
    """

    def __init__(self, context: Context, compared: Compared, seed: int, search: Search, supernet: Pretrain):
        super().__init__(context)
        self.compared, self.seed, self.search, self.supernet = compared, seed, search, supernet
        self.baseline = Baseline(context)
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

    @property
    def answers_file(self) -> Path:
        """Whether each test image was classified rightly."""
        return self.folder / "answers.npy"

    @property
    def classes_file(self) -> Path:
        """The class of each test image, and the one that the network names: (2, images); not of every task."""
        return self.folder / "classes.npy"

    @property
    def resampled_file(self) -> Path:
        """The objective of test images that were drawn again; not of an accuracy."""
        return self.folder / "resampled.npy"

    @property
    def answers_files(self) -> tuple[Path, ...]:
        """What is kept of a pass over the test images, the answers first."""
        return self.answers_file, self.classes_file, self.resampled_file

    @property
    def kept(self) -> bool:
        """Whether its weights are kept: they may be exported, or are folded."""
        config = self.context.config
        folds = networks.FOLDED if config.compare is None else config.compared
        folded = any(networks.get(name).folds == self.compared.name for name in folds)
        return config.keep == "all" or (self.compared.usual and self.seed == 0) or folded

    def scheme(self) -> Scheme:
        """Where this network has attention: what it was trained with, or else will be."""
        if self.finished:
            return Scheme(read_json(self.place)["scheme"])
        return self.compared.scheme(self.context.architecture.stages, self.context.config.seed, self.search)

    def figures(self) -> dict:
        """What was measured; trains the network first if need be."""
        self._measure()
        return read_json(self.place)

    def _measure(self) -> None:
        if not self.finished:
            with self.context.folder.held():
                if twin := self._twin():
                    self._take(twin)
                else:
                    self._make()

    def _twin(self) -> "Network | None":
        """A network of the comparison that is trained alike, the same scheme under the same seed, and has what is to be
        kept of this one; the search often finds that no attention is best."""
        config, name = self.context.config, self.compared.name
        trained = [one for one in config.compared if networks.get(one).folds is None]
        if name not in trained or not self.context.folder.writes:
            return None
        scheme = self.scheme()
        for other in trained[: trained.index(name)]:
            twin = Network(self.context, networks.get(other), self.seed, self.search, self.supernet)
            alike = twin.compared.share == self.compared.share and twin.finished and twin.scheme() == scheme
            if alike and twin.answered and (not self.kept or (twin.readable and twin.model_file.is_file())):
                return twin
        return None

    def _take(self, twin: "Network") -> None:
        """Makes its results this network's own."""
        folder, title = self.context.folder, twin.compared.title
        own = [*zip(twin.answers_files, self.answers_files)]
        if self.kept:
            own.append((twin.model_file, self.model_file))
        for source, place in own:
            if source.is_file():
                with folder.keeping(place) as staged:
                    shutil.copyfile(source, staged)
        facts = {**read_json(twin.place), "name": self.compared.name, "same_as": twin.compared.name, "seconds": 0.0}
        folder.write_json(self.place, facts)
        self._track(facts)
        line = f"{self.compared.title}, seed {self.seed}: its scheme is that of {title!r}, which is trained already."
        self.context.console.print(line, highlight=False, soft_wrap=True)

    def _track(self, facts: dict) -> None:
        told = ("accuracy", "loss", "parameters", "flops")
        values = {f"{what}/{self.compared.name}": facts[what] for what in told if facts[what] is not None}
        self.context.tracker.scalars("comparison", self.seed, values)

    @property
    def answered(self) -> bool:
        """Whether its answers are kept, and as they were written."""
        whole, [answers, *others] = self.context.folder.whole, self.answers_files
        return whole(answers) and all(whole(file) or not file.exists() for file in others)

    def answers(self) -> np.ndarray:
        """Whether each test image was classified rightly, or what it contributes to another objective, (images,);
        trains the network first if need be.

        Raises:
            FileNotFoundError: Neither the answers nor the weights were kept.
        """
        self._measure()
        folder = self.context.folder
        lost = [file for file in self.answers_files if not folder.whole(file) and folder.manifest.lists(file)]
        if lost or not folder.whole(self.answers_file):  # An earlier version kept the accuracy alone.
            if lost and not folder.whole(self.model_file):
                self._make()
                return np.load(self.answers_file)
            if not self.model_file.is_file():
                raise FileNotFoundError(
                    f"Which test images the network {self.compared.name!r} of seed {self.seed} classifies rightly is "
                    "not known: an earlier version trained it, and kept neither that nor its weights. "
                    f"Remove {self.folder}, and it is trained again."
                )
            self._keep(trainer.tested(self.context, self.read()))
        return np.load(self.answers_file)

    def resampled(self) -> np.ndarray | None:
        """The objective of test images that were drawn again, (resamples,); None of an accuracy, or where an earlier
        version trained the network."""
        return np.load(self.resampled_file) if self.context.folder.whole(self.resampled_file) else None

    def _reached(self, tested: trainer.Tested) -> dict:
        """What the test images say; where several show the same, also how many tell as much if none do."""
        context, results = self.context, tested.results
        found: dict[str, Any] = {"accuracy": results[context.unit.objective], "loss": results["loss"]}
        if context.by_task is not None:
            found["results"] = results
        if (subjects := context.images.test_subjects) is not None:
            found["independent"] = round(independent(tested.answers.astype("float64"), subjects), 1)
        return found

    def _keep(self, tested: trainer.Tested) -> None:
        folder = self.context.folder
        for file, values in zip(self.answers_files, (tested.answers, tested.classes, tested.resampled)):
            if folder.writes and values is not None:
                with folder.keeping(file) as partial:
                    np.save(partial, values)

    def trained(self) -> keras.Model:
        """The network, which is not trained now.

        Raises:
            FileNotFoundError: It has not been trained yet, or its weights were not kept.
        """
        if not self.finished:
            raise FileNotFoundError(
                f"The network {self.compared.name!r} of seed {self.seed} is not trained; do so with: "
                f"keras-ean train {self.context.folder.path} --name {self.compared.name} --seed {self.seed}"
            )
        if not self.readable:
            raise FileNotFoundError(
                f"The weights of the network {self.compared.name!r} of seed {self.seed} are damaged or lost; train it "
                f"again with: keras-ean train {self.context.folder.path} --name {self.compared.name} --seed {self.seed}"
            )
        return self.read()

    @property
    def readable(self) -> bool:
        folder = self.context.folder
        return self.finished and (folder.whole(self.model_file) or not folder.manifest.lists(self.model_file))

    def read(self) -> keras.Model:
        """The trained network.

        Raises:
            FileNotFoundError: Its weights were not kept, since `keep` is "found".
        """
        if not self.model_file.is_file():
            raise FileNotFoundError(
                f"The network {self.compared.name!r} of seed {self.seed} was trained, but its weights were not kept, "
                "since the run's configuration says keep: found. Its figures are in metrics.json; if its weights are "
                f"needed, as for folding, remove {self.folder}, and it is trained again."
            )
        network = self.context.load(self.model_file)
        if (found := self._parameters(network)) != (measured := read_json(self.place)["parameters"]):
            raise ValueError(
                f"{self.model_file} has {found:,} parameters, but the network that was measured had {measured:,}: it "
                f"is another one. Remove {self.folder}, and it is trained again."
            )
        return network

    def _parameters(self, network: keras.Model) -> int:
        """The number of parameters that are trained; of a model whose layers may be frozen, all count."""
        return cost.parameters(network) if self.context.by_task is None else network.count_params()

    def _build(self, scheme: Scheme) -> Callable[[], keras.Model]:
        architecture, share, name = self.context.architecture, self.compared.share, self.compared.name
        if self.context.config.start == "scratch":
            return lambda: architecture.network(scheme, share, name)
        if isinstance(architecture, PluggedArchitecture) and not any(scheme.bits):
            baseline = self.baseline()
            return lambda: architecture.around(baseline, scheme, share, name)
        return lambda: architecture.extracted(self.supernet(), scheme, share, name)

    def like(self, facts: dict) -> keras.Model:
        """A network that costs what the one of these figures does, with whatever weights."""
        network = self.context.architecture.network(Scheme(facts["scheme"]), self.compared.share, self.compared.name)
        return without(network, facts["folded"]) if facts.get("folded") else network

    def make(self) -> keras.Model:
        network = self._make()
        # It is somebody's now: the next seed's training takes another one.
        self.context.prepared = None
        if self.model_file.is_file():
            self.context.remember(network, self.model_file)
        return network

    def _make(self) -> keras.Model:
        """`make`, of a network that the next seed's training may change."""
        context, config, name, seed = self.context, self.context.config, self.compared.name, self.seed
        scheme, start, course = self.scheme(), time.perf_counter(), trainer.of_networks(config)
        scratch = config.start == "scratch"
        work = Work(
            build=self._build(scheme),
            name=self.work,
            title=f"{'train' if scratch else 'fine-tune'}: {self.compared.title}, seed {seed}",
            course=course,
            seed=seed,
            weights_seed=config.seed + seed,
            like=f"{name} {scheme}",
            drawn=scratch,
        )
        network = trainer.train(context, work)
        tested = trainer.tested(context, network)
        number = len(context.images.data.train)
        if self.kept:
            context.folder.save(network, self.model_file)
        self._keep(tested)
        facts = {
            "name": name,
            "seed": seed,
            "scheme": str(scheme),
            **self._reached(tested),
            "images": len(tested.answers),
            "parameters": self._parameters(network),
            "flops": trainer.flops(context, network),
            "precision": course.recipe.precision,
            "start": config.start,
            "images_seen": course.images(number),
            "supernet_images_seen": trainer.seen_before(config, number) if needs_supernet(config) else 0,
            "seconds": round(time.perf_counter() - start, 2),
        }
        context.folder.write_json(self.place, facts)
        self._track(facts)
        trainer.finish(context, self.work)
        return network
