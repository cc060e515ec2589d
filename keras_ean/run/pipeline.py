"""The whole method on one run folder; every stage is kept when it ends, and goes on where it was stopped."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

from keras_ean import attention, backend, data, recipes
from keras_ean import search as searches
from keras_ean.attention import Attention
from keras_ean.exporting import export, formats
from keras_ean.measure import cost
from keras_ean.progress_bar import TrainingBar
from keras_ean.recipes import Recipe
from keras_ean.run.config import Config, Training
from keras_ean.run.folder import RunFolder, read_json
from keras_ean.run.report import comparison
from keras_ean.run.report.report import write_report
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.spaced import evenly_spaced
from keras_ean.search.evaluators.supernet import SupernetEvaluator
from keras_ean.search.host.distributed import is_chief
from keras_ean.supernet import sampling
from keras_ean.supernet.network import build_network
from keras_ean.supernet.supernet import Supernet, build_supernet
from keras_ean.training import checkpoint
from keras_ean.training.devices import HOSTS, ONE, Devices
from keras_ean.training.time_limit import OutOfTime, StopInTime, TimedTuner, TimeLimit

EVALUATION_BATCH = 256
COMMON = ("max_steps", "samples_per_step", "sparsity_weight")  # Options that every oracle has.


class Run:
    """A run of the method: pre-train → search → train → compare → export → report.

    Each stage is a method that gives its result from the folder if it is there, and makes and keeps it otherwise.
    Whatever the precision of a training, the models that are kept, scored and measured compute in float32.

    Args:
        folder: where everything is kept.
        config: starts the run, or must equal the one in the folder; None: the one in the folder.
        console: where progress is shown.
        limit: when to stop after a checkpoint, with `OutOfTime`; default: never.
        devices: what the supernet and the networks train on (`training.devices.choose`); all else takes one.

    Raises:
        ValueError: an unknown name or option anywhere in the configuration, before any work starts; a limit on
            several hosts, each of which would stop by its own clock.
    """

    def __init__(
        self,
        folder: str | Path,
        config: Config | None = None,
        console: Console | None = None,
        limit: TimeLimit | None = None,
        devices: Devices = ONE,
    ):
        self.devices = devices
        self.folder = RunFolder(folder, writes=devices.first)
        self.config = config or self.folder.config()
        self.console = console or Console(quiet=not devices.first)
        self.limit = limit or TimeLimit()
        if devices.processes > 1 and self.limit.end < math.inf:
            raise ValueError("On several hosts a training has no time limit; leave out --minutes.")
        backbone = self.config.backbone
        self.backbones = {
            stage: recipes.get(training.recipe).backbone(backbone.name, **backbone.options)
            for stage, training in (("pretrain", self.config.pretrain), ("train", self.config.train))
        }
        self.stages = self.backbones["train"].stages
        self._attention()
        self.oracle()
        sampling.get(self.config.sampling)
        for kind in self.config.export:
            formats.get(kind)
        self.data = data.load(self.config.data.name, **self.config.data.options)
        self.folder.open(self.config)
        backend.keep_compiled(self.folder.compiled)
        if self.data.report:
            self.folder.write(self.folder.path / "data.txt", "\n".join(self.data.report) + "\n")
        self.models: dict[str, keras.Model] = {}

    def __call__(self) -> Path:
        """All stages; returns the folder of the report."""
        self._on_one_host("the whole method")
        self.pretrain()
        self.search()
        for seed in range(self.config.seeds):
            for name in ("found", *self.config.compare):
                self.figures(name, seed)
        self.export()
        return self.report()

    def oracle(self, rival: str | None = None) -> searches.SchemeOracle:
        """The search algorithm; a rival has the same budget and the same price of connections."""
        settings = self.config.search
        options = settings.options
        if rival is not None:
            options = {key: value for key, value in options.items() if key in COMMON}
        return searches.get(rival or settings.oracle, self.stages, "accuracy", seed=self.config.seed, **options)

    def pretrain(self) -> Supernet:
        """The supernet, trained over random schemes."""
        if self.folder.supernet_file.is_file():
            return self._load(self.folder.supernet_file)
        keras.utils.set_random_seed(self.config.seed)
        supernet = self._trained(
            self._supernet, "pretrain", "pre-train the supernet", self.config.pretrain, self.config.seed
        )
        self.folder.save(supernet, self.folder.supernet_file)
        self._discard_checkpoints("pretrain")
        return self.models.setdefault(str(self.folder.supernet_file), supernet)

    def _supernet(self) -> Supernet:
        config = self.config
        return build_supernet(
            self.backbones["pretrain"],
            self._attention(),
            self.data.shape,
            self.data.classes,
            config.share,
            config.sampling,
            seed=config.seed,
            distill=config.distill,
        )

    def _network(self, name: str, scheme: Scheme) -> keras.Model:
        share = self.config.share and name != "unshared"
        shape, classes = self.data.shape, self.data.classes
        return build_network(self.backbones["train"], self._attention(), scheme, shape, classes, share, name=name)

    def _attention(self) -> Attention:
        """The module; made anew, since it takes the precision of the place where it is made."""
        return attention.get(self.config.attention.name, **self.config.attention.options)

    def _load(self, path: Path) -> keras.Model:
        """A finished model, read from its file once."""
        if str(path) not in self.models:
            self.models[str(path)] = keras.models.load_model(path)
        return self.models[str(path)]

    def search(self, rival: str | None = None) -> Scheme:
        """The scheme that the search names, or that a rival names on the same supernet and budget."""
        folder = self.folder if rival is None else RunFolder(self.folder.path / f"search-{rival}")
        if folder.scheme_file.is_file():
            return folder.scheme()
        tuner = self.score(rival)
        conclusion = tuner.conclusion()
        # Without a signal no scheme is better founded than another: the run goes on with the best estimate, saying so.
        scheme = conclusion.best
        folder.write_scheme(scheme, signal=conclusion.signal.found, conclusion=str(conclusion))
        return scheme

    def tuner(self, rival: str | None = None, evaluator: SupernetEvaluator | None = None) -> TimedTuner:
        """The tuner of this run, with what it has found so far; it needs an evaluator only to score."""
        name = "search" if rival is None else f"search-{rival}"
        return TimedTuner(
            self.pretrain(),
            oracle=self.oracle(rival),
            evaluator=evaluator,
            directory=self.folder.path,
            project_name=name,
            logs=self.folder.logs / name,
        )

    def evaluator(self) -> SupernetEvaluator:
        """What scores schemes in every search of this run.

        Validation images that take more than `search.memory` bytes as float32 are streamed instead of put on the
        accelerator at once: from 8-bit pixels in memory if these fit, else from their files for each batch of schemes.
        """
        settings, validation, images = self.config.search, self.data.validation, None
        if settings.calibrate:
            order = np.random.default_rng(self.config.seed).permutation(len(self.data.train))
            images, _ = self.data.train.take(order[: settings.calibrate]).arrays()
        pixels, at_once = len(validation) * math.prod(self.data.shape), self.oracle().samples_per_step
        source: data.Split | tuple = validation
        if 4 * pixels <= settings.memory:
            source = validation.arrays()
        elif not validation.in_memory and pixels <= settings.memory:
            source = validation.prepared()
        return SupernetEvaluator(self.pretrain(), source, settings.batch_size, images, at_once=at_once)

    def score(self, rival: str | None = None) -> TimedTuner:
        """Runs the search, or goes on with it, and gives its tuner.

        Raises:
            ValueError: on several hosts.
        """
        self._on_one_host("the search")
        tuner = self.tuner(rival, None if is_chief() else self.evaluator())
        tuner.limit = self.limit
        tuner.search()
        return tuner

    def scheme(self, name: str, seed: int = 0) -> Scheme:
        """The scheme of one of the networks that are compared."""
        if name == "plain":
            return Scheme.empty(self.stages)
        if name in ("shared", "unshared"):
            return Scheme.full(self.stages)
        if name == "genetic":
            return self.search("evolution")
        found = self.search()
        if name == "random":
            return Scheme.random(self.stages, found.density, seed=self.config.seed + seed)
        if name == "heuristic":
            return Scheme(evenly_spaced(len(found), sum(found.bits)), self.stages)
        return found

    def train(self, name: str = "found", seed: int = 0) -> keras.Model:
        """One of the networks that are compared, trained from scratch.

        Raises:
            FileNotFoundError: it has been trained, but `keep` is "found".
        """
        folder = self.folder.network(name, seed)
        if not (folder / "metrics.json").is_file():
            return self._train(name, seed)
        if not (folder / "model.keras").is_file():
            raise FileNotFoundError(
                f"The network {name!r} of seed {seed} was trained, but its weights were not kept, since the run's "
                "configuration says keep: found. Its figures are in metrics.json."
            )
        return self._load(folder / "model.keras")

    def figures(self, name: str = "found", seed: int = 0) -> dict:
        """What was measured of one of the networks; trains it first if need be."""
        file = self.folder.network(name, seed) / "metrics.json"
        if not file.is_file():
            self._train(name, seed)
        return read_json(file)

    def _train(self, name: str, seed: int) -> keras.Model:
        scheme, folder = self.scheme(name, seed), self.folder.network(name, seed)
        start = time.perf_counter()
        keras.utils.set_random_seed(self.config.seed + seed)
        network = self._trained(
            lambda: self._network(name, scheme),
            f"{name}-{seed}",
            f"train: {comparison.TITLES[name]}",
            self.config.train,
            seed,
        )
        figures = self._evaluate(network)
        if self.config.keep == "all" or (name, seed) == ("found", 0):
            self.folder.save(network, folder / "model.keras")
        facts = {
            "name": name,
            "seed": seed,
            "scheme": str(scheme),
            "accuracy": figures["accuracy"],
            "loss": figures["loss"],
            "images": len(self.data.test),
            "parameters": cost.parameters(network),
            "flops": cost.flops(network) if keras.backend.backend() != "torch" else None,
            "precision": self._recipe(self.config.train).precision,
            "seconds": round(time.perf_counter() - start, 2),
        }
        self.folder.write_json(folder / "metrics.json", facts)
        self._discard_checkpoints(f"{name}-{seed}")
        return network

    def evaluate(self, name: str = "found", seed: int = 0) -> dict[str, float]:
        """Loss and accuracy of a trained network on the test images.

        Raises:
            FileNotFoundError: it has not been trained yet.
        """
        if not (self.folder.network(name, seed) / "metrics.json").is_file():
            raise FileNotFoundError(
                f"The network {name!r} of seed {seed} is not trained; do so with: "
                f"keras-ean train {self.folder.path} --name {name} --seed {seed}"
            )
        return self._evaluate(self.train(name, seed))

    def evaluate_supernet(self, scheme: Scheme | str) -> dict[str, float]:
        """Loss and accuracy of the supernet under a scheme, on the test images."""
        return self._evaluate(self.pretrain(), scheme=scheme)

    def _evaluate(self, model: keras.Model, **options) -> dict[str, float]:
        batches = self.data.test.batches(EVALUATION_BATCH)
        return model.evaluate(batches, verbose=0, return_dict=True, **options)

    def _recipe(self, training: Training) -> Recipe:
        """The recipe with what the configuration changes, but the epochs, which move its milestones."""
        changes = training.model_dump(include={"batch_size", "rate", "precision"}, exclude_none=True)
        recipe = replace(recipes.get(training.recipe), **changes)
        return recipe if training.precision or backend.accelerated() else replace(recipe, precision="float32")

    def _trained(self, build: Callable, name: str, title: str, training: Training, seed: int) -> keras.Model:
        """What `build` builds, trained in the recipe's precision on all devices, then computing in float32 on one."""
        self.limit.check(title)
        recipe = self._recipe(training)
        epochs = training.epochs or recipe.epochs
        batches = self.devices.batches(recipe.batches(self.data.train, seed=seed))
        folder = self.folder.checkpoints(name)
        callbacks = [TrainingBar(title, self.console), *self._tensorboard(name), StopInTime(self.limit)]
        with self.devices.scope():
            with recipe.policy():
                model = build()
            recipe.compile(model, len(batches), epochs)
            checkpoint.fit(model, batches, epochs, folder, callbacks, keep=self.devices.first, verbose=0)
        done = checkpoint.Checkpoint(folder).finished_epochs
        if self.devices.first and done < epochs:
            raise OutOfTime(
                f"The time is over after epoch {done} of {epochs} ({title}); the same command goes on from here."
            )
        if recipe.precision == "float32" and not self.devices.several:
            return model
        with replace(recipe, precision="float32").policy():
            kept = build()
        kept.set_weights(model.get_weights())
        recipe.compile(kept, len(batches), epochs)
        return kept

    def _discard_checkpoints(self, name: str) -> None:
        if self.devices.first:
            checkpoint.discard(self.folder.checkpoints(name))

    def _on_one_host(self, what: str) -> None:
        if self.devices.processes > 1:
            raise ValueError(
                f"Several hosts train, with keras-ean pretrain and train, but {what} runs on one: unset the variables "
                f"{', '.join(HOSTS)} and call keras-ean for it on one host."
            )

    def _tensorboard(self, name: str) -> list[keras.callbacks.Callback]:
        """Losses for TensorBoard, where Keras can write them."""
        if keras.backend.backend() != "tensorflow":
            return []
        return [keras.callbacks.TensorBoard(self.folder.logs / name, write_graph=False)]

    def export(self) -> list[Path]:
        """The found network in every format asked for, each proven equal in a fresh process."""
        network, paths = self.train("found"), []
        images, _ = self.data.test.take(np.arange(len(self.data.test))[:64]).arrays()
        for kind in self.config.export:
            path = (self.folder.exports / kind).with_suffix(formats.get(kind).suffix)
            if not path.exists():
                self.console.print(f"export: {kind}")
                export(network, path, kind, images=images, scheme=self.scheme("found"), verbose=False)
            paths.append(path)
        return paths

    def report(self) -> Path:
        """The comparison: report.md, report.json and figures; returns their folder."""
        return write_report(self, self._network)

    def print_paths(self) -> None:
        """Names everything that the run has written."""
        folder = self.folder
        for what, path in {
            "supernet": folder.supernet_file,
            "search": folder.search_folder,
            "scheme": folder.scheme_file,
            "networks": folder.path / "networks",
            "exports": folder.exports,
            "report": folder.report,
            "TensorBoard": folder.logs,
        }.items():
            if path.exists():
                self.console.print(f"{what:<12} {path}", highlight=False, soft_wrap=True)
