"""Do a run's scores rank schemes? A sample of them is trained from scratch, and compared with how the run scores it."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from keras_ean import escaping, files
from keras_ean.measure import Agreement, agreement, cost, ranking_figure, save_figure
from keras_ean.run import networks, trainer
from keras_ean.run.folder import read_json, versions
from keras_ean.run.pipeline import Run
from keras_ean.run.report.ranking import axis, markdown
from keras_ean.run.scoring import needs_supernet
from keras_ean.run.spread_schemes import spread_schemes
from keras_ean.run.unit import Unit
from keras_ean.run.work import Work
from keras_ean.scheme import Scheme


class Ranking:
    """Tests whether the scores of a run rank schemes as trainings from scratch do; it goes on where it was stopped.

    Args:
        run: The run whose scores are tested. Its supernet is trained first if it needs to be; no search is needed.
    """

    def __init__(self, run: Run):
        self.run, self.folder = run, run.folder.path / "rank"

    def rank(self, schemes: int = 12, seeds: int = 2, out: Path | None = None) -> Agreement:
        """Trains schemes from scratch, scores them as the run's search does, and compares the two.

        The result is also written, as rank.json, rank.md and rank.png.

        Args:
            schemes: The number of schemes, of evenly spread densities; the full, the empty and the found one are always
                among them.
            seeds: How often each of them is trained.
            out: The folder of the result; None takes `rank` in the run's folder, where the trainings are always kept.

        Raises:
            OutOfTime: The time of the run is over; the same call goes on from the last checkpoint.
            ValueError: There are fewer schemes than asked for.
        """
        run, search = self.run, self.run.searching()
        found = search.read() if search.finished else None
        always = [Scheme.full(run.stages), Scheme.empty(run.stages), *([found] if found else [])]
        chosen = spread_schemes(run.stages, schemes, always, run.config.seed)
        if needs_supernet(run.config):
            run.pretrain()
        wanted = [(scheme, seed) for seed in range(seeds) for scheme in chosen]
        for number, (scheme, seed) in enumerate(wanted, 1):
            self.trained(scheme, seed, f"train {number} of {len(wanted)}")
        accuracy = np.array([[self.trained(scheme, seed)["accuracy"] for seed in range(seeds)] for scheme in chosen])
        unit = search.unit
        scores = np.array([score[unit.objective] for score in run.evaluator().score(chosen)])
        result = agreement(np.array([scheme.bits for scheme in chosen]), unit.turned(1.0) * scores, accuracy)
        self._write(out or self.folder, chosen, found, scores, accuracy, result, unit)
        return result

    def trained(self, scheme: Scheme, seed: int, title: str = "train") -> dict:
        """Gives the figures of a scheme's network that is trained from scratch, such as its test "accuracy" (0 … 1).

        It is trained now, unless this or the run itself has done so before.

        Args:
            scheme: The scheme of the network.
            seed: The number of its training, counted from 0.
            title: The title of the progress bar.
        """
        context, config = self.run.context, self.run.config
        name = "".join(map(str, scheme.bits))
        file = self.folder / "trainings" / f"{name}-{seed}.json"
        if (kept := context.folder.json(file)) is not None:
            return kept
        same = context.folder.path.glob(f"networks/*-{seed}/metrics.json") if config.start == "scratch" else ()
        for path in same:
            facts = read_json(path)
            if facts["scheme"] == str(scheme) and (networks.get(facts["name"]).share or not config.share):
                return facts
        start = time.perf_counter()

        def build():
            return context.architecture.network(scheme, share=True, name="rank")

        course = trainer.from_scratch(config)
        work = Work(build, f"rank-{name}-{seed}", title, course, seed, config.seed + seed)
        network = trainer.train(context, work)
        tested = trainer.tested(context, network)
        facts = {
            "scheme": str(scheme),
            "seed": seed,
            "accuracy": float(tested.answers.mean()),
            "loss": tested.results["loss"],
            "parameters": cost.parameters(network),
            "seconds": round(time.perf_counter() - start, 2),
        }
        context.folder.write_json(file, facts)
        trainer.finish(context, work.name)
        return facts

    def _write(
        self,
        out: Path,
        schemes: Sequence[Scheme],
        found: Scheme | None,
        scores: np.ndarray,
        accuracy: np.ndarray,
        result: Agreement,
        unit: Unit,
    ) -> None:
        run, settings, title = self.run, self.run.config.search, self.run.context.title
        trained = run.config.train or run.config.pretrain
        assert trained is not None
        test, validation = run.data.test, run.data.validation
        calibrated = f"re-estimated on {settings.calibrate} training images" if settings.calibrate else "its own"
        scorer = f"the supernet, BatchNorm statistics {calibrated}"
        if settings.evaluator.name != "supernet":
            scorer = f"the evaluator {settings.evaluator.name}"
        how = (
            f"{result.schemes} schemes, each trained from scratch with {result.seeds} seed{'s' * (result.seeds > 1)} "
            f"({trained.recipe}, {trainer.from_scratch(run.config).epochs} epochs), "
            f"top-1 on {len(test):,} test images. Scores: {unit.short} on {len(validation):,} validation images, by "
            f"{scorer}."
        )
        rows = [
            {
                "scheme": str(scheme),
                "connected": sum(scheme.bits),
                "found": scheme == found,
                "score": float(score),
                "accuracy": [float(value) for value in values],
            }
            for scheme, score, values in zip(schemes, scores, accuracy, strict=True)
        ]
        facts = {
            "unit": asdict(unit),
            "how": how,
            "verdict": result.verdict,
            "agreement": asdict(result),
            "versions": versions(),
        }
        files.write_json(out / "rank.json", {**facts, "schemes": rows})
        heading = escaping.markdown(title)
        files.write_text(
            out / "rank.md", f"# Do the scores rank schemes? {heading}\n\n{markdown(rows, result, how, unit)}"
        )
        noun = run.context.architecture.names.noun
        figure = ranking_figure(schemes, scores, accuracy, found, result, title, *axis(unit), noun)
        save_figure(figure, out / "rank.png")
