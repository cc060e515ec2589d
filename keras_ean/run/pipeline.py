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
from keras_ean.run import networks, prediction, trainer
from keras_ean.run.config import Config
from keras_ean.run.context import Context
from keras_ean.run.doubts import cautions
from keras_ean.run.folder import RunFolder
from keras_ean.run.given import Given
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

    Each method gives the result of a phase (`keras_ean.run.stages`), which is made once and kept in the folder. Models
    that are kept, scored and measured compute in float32, whatever the precision of a training.

    Methods take a network by its `name` (`keras_ean.run.networks`), such as "found", and by `seed`, the number of its
    training from 0 on. `rival` names a second search algorithm, on the same supernet and budget; None is the run's own.

    Args:
        folder: The folder in which everything is kept, and from which the run goes on.
        config: The configuration, which must equal that of the folder if it has one already; None takes the latter.
        console: The console of `rich` on which progress is shown; None takes the terminal.
        limit: The time after which the run stops at a checkpoint, with `OutOfTime`; None sets no limit.
        devices: What supernet and networks are trained on (`keras_ean.training.choose_devices`); all else takes one.
        given: The model and the images, where the configuration says that they were given in Python.
        trackers: The trackers that are told losses, rewards and results (`keras_ean.tracking`), as TensorBoard is.

    Attributes:
        context: What every phase works with: folder, configuration, images, devices, limit and console.
        pretrain: The phase that trains the supernet; a call gives the supernet.

    Raises:
        FileNotFoundError: There is no configuration, neither given nor in the folder.
        ValueError: A name or an option is unknown, the folder holds other runs, or several hosts have a time limit.
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
        """Runs all phases that are not done yet, and gives the folder of the report."""
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
        """Says what the run is going to do and, if steps may be `timed` now on this machine, how long it will take."""
        return make_plan(self.context, timed)

    @property
    def folder(self) -> RunFolder:
        """This is the folder of the run, which knows the paths of all results."""
        return self.context.folder

    @property
    def config(self) -> Config:
        """This is the configuration of the run, with what the run has come to compare by itself."""
        return self.context.config

    @property
    def data(self) -> data.ImageData:
        """These are the images of the run, which are read now if no phase has needed them yet."""
        return self.context.images.data

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks in each stage of the backbone, or of the given model."""
        return self.context.architecture.stages

    def searching(self, rival: str | None = None) -> Search:
        """Gives the phase of the search by the configured algorithm, or by a `rival`, without running it."""
        return Search(self.context, self.pretrain, rival)

    def search(self, rival: str | None = None) -> Scheme:
        """Searches, unless that is done, and gives the scheme that the search, or that of a `rival`, names."""
        return self.searching(rival)()

    def score(self, rival: str | None = None) -> SchemeTuner:
        """Runs the search, or that of a `rival`, and gives its tuner; no scheme is named yet."""
        return self.searching(rival).score()

    def tuner(self, rival: str | None = None, evaluator: Evaluator | None = None) -> SchemeTuner:
        """Gives the tuner of the search, or that of a `rival`, so far; it needs an `evaluator` only to score."""
        return self.searching(rival).tuner(evaluator)

    def oracle(self, rival: str | None = None) -> SchemeOracle:
        """Makes the oracle of the search, or of that of a `rival`, with the options of the configuration."""
        return self.searching(rival).oracle()

    def evaluator(self) -> Evaluator:
        """Makes the evaluator that scores schemes in every search of this run; it may train the supernet first."""
        return self.searching().evaluator()

    def network(self, name: str = FOUND, seed: int = 0) -> Network:
        """Gives the phase of the network `name` with `seed`, which trains it or folds its gates, without running it."""
        compared = networks.get(name)
        if compared.folds is not None:
            return Folding(self.context, compared, self.network(compared.folds, seed))
        return Network(self.context, compared, seed, self.search, self.pretrain)

    def scheme(self, name: str = FOUND, seed: int = 0) -> Scheme:
        """Gives the scheme of the network `name` with `seed`; the search is run for it if it needs to be."""
        return self.network(name, seed).scheme()

    def train(self, name: str = FOUND, seed: int = 0) -> keras.Model:
        """Trains the network `name` with `seed` as the configuration says, unless that is done, and gives it.

        Raises:
            FileNotFoundError: It was trained, but its weights were not kept, as `keep: found` says.
        """
        return self.network(name, seed)()

    def figures(self, name: str = FOUND, seed: int = 0) -> dict:
        """Gives what was measured of the network `name` with `seed`, by name; it is trained first if it needs to be."""
        return self.network(name, seed).figures()

    def evaluate(self, name: str = FOUND, seed: int = 0) -> dict[str, float]:
        """Evaluates the trained network `name` with `seed` on the test images, and gives its loss and metrics.

        Raises:
            FileNotFoundError: It has not been trained yet, or its weights were not kept.
        """
        return trainer.evaluate(self.context, self.network(name, seed).trained())

    def evaluate_supernet(self, scheme: Scheme | str) -> dict[str, float]:
        """Evaluates the supernet under one `scheme` on the test images, and gives its loss and metrics."""
        return trainer.evaluate(self.context, self.pretrain(), scheme=scheme)

    def verdict(self) -> Verdict:
        """Says whether attention pays, and which network to take; trains what is not trained, and writes verdict.json.

        Unless the configuration says what is compared, a network with attention that would be recommended, also where
        only its time speaks against it, is compared with its gates folded, too: it may be as good, and cost nothing.

        Raises:
            FileNotFoundError: An earlier version trained the networks, and kept neither weights nor answers.
        """
        if self.config.compare is None:
            # Without a limit, too: what would be recommended but for its time is what folding is for.
            worth = {self._worth_folding(limit) for limit in {None, self.config.max_latency}}
            if folded := tuple(name for name in networks.FOLDED if name in worth):
                self.context.config = self.folder.open(self.config.model_copy(update={"compare": folded}))
        verdict = self._decided(self.config.max_latency)
        verdict = replace(verdict, cautions=cautions(self.context, self.compared(), verdict))
        self.folder.write_json(self._verdict_file, verdict.facts())
        return verdict

    def _worth_folding(self, limit: str | None) -> str | None:
        """The folded form of the network that would be recommended, if it has gates; timed only for a limit."""
        verdict = self._decided(limit, timed=limit is not None)
        return networks.folded_form(verdict.recommended) if verdict.costs[verdict.recommended].live else None

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
        return replace(verdict, subjects=images.shown("test"), limits=self.searching().limits)

    def recommended(self) -> Network:
        """Gives the phase of the network that the verdict recommends, with the first of its trainings."""
        return self.network(self.verdict().recommended)

    def predictions(
        self, photos: Iterable[str | Path], name: str | None = None, seed: int = 0
    ) -> Iterator[prediction.Prediction]:
        """Yields what a network says of photos, one by one; nothing is trained for it.

        Args:
            photos: The paths of image files of any size, or of folders of them.
            name: The network to ask; None asks the one that the run's verdict recommends.

        Raises:
            FileNotFoundError: There is no verdict yet, the network is not trained, or a folder has no image files.
        """
        files = prediction.photos_in(photos)
        network = self.network(name or self._judged(), seed).trained()
        return prediction.predict(network, self.context.images.facts, files)

    def predict(
        self, photos: str | Path | Iterable[str | Path], name: str | None = None, seed: int = 0
    ) -> list[prediction.Prediction]:
        """Says what a network sees on photos: the classes with their probabilities, for each photo.

        Args:
            photos: The path of an image file of any size or of a folder of them, or several such paths.
            name: The network to ask; None asks the one that the run's verdict recommends.

        Raises:
            FileNotFoundError: There is no verdict yet, the network is not trained, or a folder has no image files.
            ValueError: Some photos cannot be read; the message names them all.
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
        """Exports the recommended network to the configured formats, each proven equal in a fresh process."""
        return [Export(self.context, self.recommended(), format)() for format in self.config.export]

    def report(self) -> Path:
        """Writes the report with the verdict, the comparison and the figures, and gives the path of its folder."""
        verdict = self.verdict()  # First, since it may add folded networks to those that are compared.
        return Report(self.context, self.searching(), self.compared(), verdict)()

    def pareto(self) -> Pareto:
        """Gives the schemes that the search has scored, with what they cost, and the fronts among them."""
        return Pareto(self.context, self.searching())

    def compared(self) -> list[Network]:
        """Gives the phases of all networks that are compared, with each of their trainings."""
        config = self.config
        return [self.network(name, seed) for name in config.compared for seed in range(config.repeats)]
