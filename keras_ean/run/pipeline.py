"""The whole method on one run folder; every phase is kept when it ends, and goes on where it was stopped."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from rich.console import Console

from keras_ean import data
from keras_ean.measure.bootstrap import stacked
from keras_ean.measure.paired import PairedScores
from keras_ean.run import networks, plateau, prediction, trainer
from keras_ean.run.config import Config
from keras_ean.run.context import Context
from keras_ean.run.folder import RunFolder
from keras_ean.run.given import Given
from keras_ean.run.kept_curves import BEFORE, kept_curves
from keras_ean.run.measured import measured
from keras_ean.run.networks import FOUND
from keras_ean.run.pareto import Pareto
from keras_ean.run.plan import Plan, make_plan
from keras_ean.run.report.report import Report
from keras_ean.run.scoring import needs_supernet
from keras_ean.run.stages.export import Export
from keras_ean.run.stages.folding import Folding
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.pretrain import Pretrain
from keras_ean.run.stages.search import Search
from keras_ean.run.verdict import NONE, Costs, Verdict, decide
from keras_ean.scheme import Scheme
from keras_ean.search import Evaluator, SchemeOracle, SchemeTuner
from keras_ean.tracking import Tracker
from keras_ean.training import ONE, Devices, TimeLimit


class Run:
    """Runs the method on one configuration in one folder: pre-train → search → compare → verdict → export → report.

    Each method gives the result of a stage (`keras_ean.run.stages`) from the folder if it is there; otherwise it is
    made, with all that it needs, and kept. Whatever the precision of a training, the models that are kept, scored and
    measured compute in float32.

    A network is given by its `name` in `keras_ean.run.networks`, such as "found" or "plain", and by the `seed` of its
    training, counted from 0. A `rival` is the name of a second search algorithm; None is the configured one.

    Args:
        folder: Where everything is kept.
        config: Starts the run, or must equal the one in the folder; None: the one in the folder.
        console: Where progress is shown.
        limit: When to stop after a checkpoint, with `OutOfTime`; default: never.
        devices: What the supernet and the networks train on (`keras_ean.training.choose_devices`); all else takes one.
        given: Model and images that the configuration says were given in Python.
        trackers: Are told losses, rewards and results as the run goes on (`keras_ean.tracking`), as TensorBoard is.

    Attributes:
        context: What every phase is given: folder, configuration, images, devices, limit, console.

    Raises:
        ValueError: An unknown name or option anywhere in the configuration, before any work starts; a limit on
            several hosts, each of which would stop by its own clock.
    """

    def __init__(
        self,
        folder: str | Path,
        config: Config | None = None,
        console: Console | None = None,
        limit: TimeLimit | None = None,
        devices: Devices = ONE,
        given: Given | None = None,
        trackers: Sequence[Tracker] = (),
    ):
        self.context = Context(folder, config, console, limit or TimeLimit(), devices, given, trackers)
        self.pretrain = Pretrain(self.context)

    def __call__(self) -> Path:
        """All phases; returns the folder of the report."""
        with self.folder.held():
            return self._all()

    def _all(self) -> Path:
        self.context.devices.refuse_hosts("the whole method")
        self.searching().check()
        if needs_supernet(self.config):
            self.pretrain()
        self.search()
        for network in self.compared():
            network.figures()
            if not network.readable:  # Its weights are damaged or lost, and kept for whoever wants them.
                network()
        self.export()
        return self.report()

    def plan(self, timed: bool = True) -> Plan:
        """Says what the whole run is going to do and, by timing a few steps now if `timed`, how long it will take."""
        return make_plan(self.context, timed)

    @property
    def folder(self) -> RunFolder:
        """This is the folder of the run."""
        return self.context.folder

    @property
    def config(self) -> Config:
        """This is the configuration of the run."""
        return self.context.config

    @property
    def data(self) -> data.ImageData:
        """These are the run's images, which are read now if no phase has needed them yet."""
        return self.context.images.data

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks of the backbone, by stage."""
        return self.context.architecture.stages

    def searching(self, rival: str | None = None) -> Search:
        """Gives the phase that searches, by the configured algorithm or a rival with the same supernet and budget."""
        return Search(self.context, self.pretrain, rival)

    def search(self, rival: str | None = None) -> Scheme:
        """Searches, unless that is done, and gives the scheme that the search names."""
        return self.searching(rival)()

    def score(self, rival: str | None = None) -> SchemeTuner:
        """Runs the search, or goes on with it, and gives its tuner; nothing is named yet."""
        return self.searching(rival).score()

    def tuner(self, rival: str | None = None, evaluator: Evaluator | None = None) -> SchemeTuner:
        """Gives the tuner of the search, with what it has found so far; it needs an evaluator only to score."""
        return self.searching(rival).tuner(evaluator)

    def oracle(self, rival: str | None = None) -> SchemeOracle:
        """Gives the search algorithm, as configured."""
        return self.searching(rival).oracle()

    def evaluator(self) -> Evaluator:
        """Gives what scores schemes in every search of this run."""
        return self.searching().evaluator()

    def network(self, name: str = FOUND, seed: int = 0) -> Network:
        """Gives the phase that trains one of the networks of `keras_ean.run.networks`."""
        compared = networks.get(name)
        if compared.folds is not None:
            return Folding(self.context, compared, self.network(compared.folds, seed))
        return Network(self.context, compared, seed, self.search, self.pretrain)

    def scheme(self, name: str = FOUND, seed: int = 0) -> Scheme:
        """Gives the scheme of one of the networks that are compared."""
        return self.network(name, seed).scheme()

    def train(self, name: str = FOUND, seed: int = 0) -> keras.Model:
        """Gives one of the networks that are compared, trained from the supernet's weights or from scratch.

        Raises:
            FileNotFoundError: It has been trained, but `keep` is "found".
        """
        return self.network(name, seed)()

    def figures(self, name: str = FOUND, seed: int = 0) -> dict:
        """Gives what was measured of one of the networks; trains it first if need be."""
        return self.network(name, seed).figures()

    def evaluate(self, name: str = FOUND, seed: int = 0) -> dict[str, float]:
        """Gives loss and accuracy of a trained network on the test images.

        Raises:
            FileNotFoundError: It has not been trained yet, or its weights were not kept.
        """
        return trainer.evaluate(self.context, self.network(name, seed).trained())

    def evaluate_supernet(self, scheme: Scheme | str) -> dict[str, float]:
        """Gives loss and accuracy of the supernet under a scheme, on the test images."""
        return trainer.evaluate(self.context, self.pretrain(), scheme=scheme)

    def verdict(self) -> Verdict:
        """Says whether attention pays, and which network to take; trains what is not trained, and writes verdict.json.

        Where the configuration does not say what is compared, and a network with attention would be recommended if its
        time were no matter, the networks with their gates folded are compared as well: they may be as good, and cost
        nothing.

        Raises:
            FileNotFoundError: An earlier version trained the networks, and kept neither weights nor answers.
        """
        if self.config.compare is None:
            # With no limit first: what would be recommended but for its time is what folding is for.
            limits = dict.fromkeys((None, self.config.max_latency))
            if any(self._recommends_gates(limit) for limit in limits):
                self.context.config = self.folder.open(self.config.model_copy(update={"compare": networks.FOLDED}))
        verdict = replace(self._decided(self.config.max_latency), cautions=self._cautions())
        self.folder.write_json(self._verdict_file, verdict.facts())
        return verdict

    def _cautions(self) -> tuple[str, ...]:
        """On trainings that had not reached their plateau."""
        config, numbers = self.config, self.context.images.numbers
        scratch = config.start == "scratch"
        compared = self.compared()
        drawn = {one.compared.title: trainer.of_networks(config) for one in compared} if scratch else {}
        if config.model is None:
            drawn[BEFORE["pretrain"]] = trainer.pretraining(config)
        steps = {title: course.steps(numbers.train) for title, course in drawn.items()}
        curves = kept_curves(self.folder, [one.work for one in compared])
        return plateau.cautions(curves, self.context.unit, steps, numbers.train)

    def _recommends_gates(self, limit: str | None) -> bool:
        """Whether a network with gates that are computed would be recommended; it is timed only for a limit."""
        verdict = self._decided(limit, timed=limit is not None)
        return verdict.costs[verdict.recommended].live > 0

    def _decided(self, max_latency: str | None, timed: bool = True) -> Verdict:
        """The verdict on the networks that are compared, whose inference may be timed for it."""
        compared = self.compared()
        costs: dict[str, Costs] = {}
        figures = measured(self.context, compared) if timed else [one.figures() for one in compared]
        for facts in figures:
            costs.setdefault(facts["name"], Costs.of({"latency_ms": None, **facts}))
        by_name = {name: [one for one in compared if one.compared.name == name] for name in costs}
        answers = {name: np.stack([one.answers() for one in own]) for name, own in by_name.items()}
        drawn = {name: [one.resampled() for one in own] for name, own in by_name.items()}
        # With several modules to choose from, the chance that one of them is wrong stays the same (Bonferroni).
        confidence, images, unit = 1 - 0.05 / self.config.modules, self.context.images, self.context.unit
        scores = PairedScores(answers, confidence, stacked(drawn), images.test_subjects)
        tolerance = self.config.tolerance / 100 * (1.0 if unit.share else abs(scores.mean(NONE)))
        verdict = decide(scores, costs, tolerance, unit, max_latency)
        return replace(verdict, subjects=str(images.subjects or ""))

    def recommended(self) -> Network:
        """Gives the network that the verdict recommends, trained with the first seed."""
        return self.network(self.verdict().recommended)

    def predictions(
        self, photos: Iterable[str | Path], name: str | None = None, seed: int = 0
    ) -> Iterator[prediction.Prediction]:
        """Yields what a network says of photos, one by one; nothing is trained for it.

        Args:
            photos: Image files of any size, or folders of them.
            name: The name of the network (`keras_ean.run.networks`); default: the one that the run's verdict
                recommends.
            seed: The seed of its training.

        Raises:
            FileNotFoundError: No verdict yet, no such network, or a folder without image files.
        """
        files = prediction.photos_in(photos)
        network = self.network(name or self._judged(), seed).trained()
        return prediction.predict(network, self.context.images.facts, files)

    def predict(
        self, photos: str | Path | Iterable[str | Path], name: str | None = None, seed: int = 0
    ) -> list[prediction.Prediction]:
        """Gives `predictions` all at once, of one photo or folder, or of several.

        Args:
            photos: Image files of any size, or folders of them; one or several.
            name: The network to ask; None asks the one that the run's verdict recommends.
            seed: Which of its trainings, counted from 0.

        Raises:
            ValueError: Photos that cannot be read, all of them named.
        """
        several = [photos] if isinstance(photos, str | Path) else photos
        found = list(self.predictions(several, name, seed))
        if broken := [str(each) for each in found if each.error is not None]:
            raise ValueError(f"{len(broken)} photo(s) cannot be read: {'; '.join(broken)}.")
        return found

    def _judged(self) -> str:
        """The network that the verdict recommends, as it is written in the folder."""
        judged = self.folder.json(self._verdict_file)
        if judged is None:
            raise FileNotFoundError(
                f"{self.folder.path} has no verdict yet, so no network is recommended. Finish the run with: keras-ean "
                f"run --out {self.folder.path}; or name one that is trained, with --name."
            )
        return judged["recommended"]

    @property
    def _verdict_file(self) -> Path:
        return self.folder.path / "verdict.json"

    def export(self) -> list[Path]:
        """Exports the recommended network in every format asked for, each proven equal in a fresh process."""
        return [Export(self.context, self.recommended(), format)() for format in self.config.export]

    def report(self) -> Path:
        """Writes the verdict and the comparison as report.md, report.json and figures, and returns their folder."""
        verdict = self.verdict()  # First, since it may add folded networks to those that are compared.
        return Report(self.context, self.searching(), self.compared(), verdict)()

    def pareto(self) -> Pareto:
        """Gives the schemes that the search has scored, with what they cost, and the fronts among them."""
        return Pareto(self.context, self.searching())

    def compared(self) -> list[Network]:
        """Yields every network that is compared, with every seed."""
        config = self.config
        return [self.network(name, seed) for name in config.compared for seed in range(config.repeats)]
