"""Do a run's scores rank schemes? A sample of them is trained from scratch, and compared with how the run scores it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from keras_ean.measure import cost
from keras_ean.measure.agreement import Agreement, Estimate, agreement
from keras_ean.measure.scatter import ranking_figure
from keras_ean.run.folder import read_json, versions
from keras_ean.run.pipeline import Run
from keras_ean.run.report import plots
from keras_ean.scheme import Scheme, check_stages
from keras_ean.training import checkpoint


class Ranking(Run):
    """A run whose scores are put to the proof. Arguments as `Run`; it goes on where it was stopped."""

    def rank(self, schemes: int = 12, seeds: int = 2, out: Path | None = None) -> Agreement:
        """Trains schemes from scratch as the run trains its networks, scores them as its search does, and compares.

        Writes rank.json, rank.md and rank.png.

        Args:
            schemes: how many; stratified by density, always with the full, the empty and the found one.
            seeds: trainings of each.
            out: folder of the result; default `rank` in the run's folder, where the trainings are kept.

        Raises:
            ValueError: more schemes than there are.
        """
        found = self.folder.scheme() if self.folder.scheme_file.is_file() else None
        always = [Scheme.full(self.stages), Scheme.empty(self.stages), *([found] if found else [])]
        chosen = sample(self.stages, schemes, always, self.config.seed)
        self.pretrain()
        wanted = [(scheme, seed) for seed in range(seeds) for scheme in chosen]
        for number, (scheme, seed) in enumerate(wanted, 1):
            self.trained(scheme, seed, f"train {number} of {len(wanted)}")
        accuracy = np.array([[self.trained(scheme, seed)["accuracy"] for seed in range(seeds)] for scheme in chosen])
        scores = np.array([score["accuracy"] for score in self.evaluator().score(chosen)])
        result = agreement(np.array([scheme.bits for scheme in chosen]), scores, accuracy)
        self._write(out or self.folder.path / "rank", chosen, found, scores, accuracy, result)
        return result

    def trained(self, scheme: Scheme, seed: int, title: str = "train") -> dict:
        """Figures of a scheme's network; trains it if the run did not do so before."""
        name = "".join(map(str, scheme.bits))
        file = self.folder.path / "rank" / "trainings" / f"{name}-{seed}.json"
        if file.is_file():
            return read_json(file)
        for path in self.folder.path.glob(f"networks/*-{seed}/metrics.json"):
            facts = read_json(path)
            if facts["scheme"] == str(scheme) and (facts["name"] != "unshared" or not self.config.share):
                return facts
        start, work = time.perf_counter(), f"rank-{name}-{seed}"
        keras.utils.set_random_seed(self.config.seed + seed)
        network = self._trained(lambda: self._network("rank", scheme), work, title, self.config.train, seed)
        facts = {
            "scheme": str(scheme),
            "seed": seed,
            **{key: float(value) for key, value in self._evaluate(network).items()},
            "parameters": cost.parameters(network),
            "seconds": round(time.perf_counter() - start, 2),
        }
        self.folder.write_json(file, facts)
        checkpoint.discard(self.folder.checkpoints(work))
        return facts

    def _write(
        self,
        out: Path,
        schemes: Sequence[Scheme],
        found: Scheme | None,
        scores: np.ndarray,
        accuracy: np.ndarray,
        result: Agreement,
    ) -> None:
        config, settings = self.config, self.config.search
        title = f"{self.data.name} · {config.backbone.name} · {config.attention.name}"
        calibrated = f"re-estimated on {settings.calibrate} training images" if settings.calibrate else "the supernet's"
        how = (
            f"{result.schemes} schemes, each trained from scratch with {result.seeds} seed{'s' * (result.seeds > 1)} "
            f"({config.train.recipe}), top-1 on {len(self.data.test):,} test images. Scores: the supernet's top-1 on "
            f"{len(self.data.validation):,} validation images, BatchNorm statistics {calibrated}."
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
        facts = {"how": how, "verdict": result.verdict, "agreement": asdict(result), "versions": versions()}
        self.folder.write_json(out / "rank.json", {**facts, "schemes": rows})
        self.folder.write(out / "rank.md", f"# Do the scores rank schemes? {title}\n\n{markdown(rows, result, how)}")
        figure = ranking_figure(schemes, scores, accuracy, found, result, title)
        plots.save(figure, out / "rank.png")


def sample(stages: Sequence[int], count: int, always: Iterable[Scheme] = (), seed: int = 0) -> list[Scheme]:
    """Distinct schemes with numbers of connections spread evenly, blocks at random; a longer list starts as a shorter.

    Args:
        stages: blocks per stage.
        count: of schemes.
        always: the first ones.
        seed: of the blocks.

    Raises:
        ValueError: more schemes than there are.

    Example:
        >>> ends = [Scheme.full((4, 4)), Scheme.empty((4, 4))]
        >>> [sum(scheme.bits) for scheme in sample((4, 4), 9, ends)]
        [8, 0, 4, 2, 6, 1, 5, 3, 7]
    """
    blocks = sum(check_stages(stages))
    if count > 2**blocks:
        raise ValueError(f"{blocks} blocks have {2**blocks} schemes, fewer than the {count} asked for.")
    random, chosen, place = np.random.default_rng(seed), list(dict.fromkeys(always)), 0
    while len(chosen) < count:
        place += 1
        on = round(halves(place) * blocks)
        # A number of connections may be used up; the next one is tried then.
        for _ in range(8):
            bits = np.zeros(blocks, int)
            bits[random.permutation(blocks)[:on]] = 1
            if (scheme := Scheme(bits.tolist(), stages)) not in chosen:
                chosen.append(scheme)
                break
    return chosen[:count]


def halves(place: int) -> float:
    """Van der Corput's sequence 1/2, 1/4, 3/4, 1/8, …, whose beginnings are all spread evenly over 0 … 1.

    Example:
        >>> [halves(place) for place in range(1, 6)]
        [0.5, 0.25, 0.75, 0.125, 0.625]
    """
    return int(f"{place:b}"[::-1], 2) / (1 << place.bit_length())


HEADER = ("scheme", "on", "score %", "trained from scratch %", "per seed")


def cells(row: dict) -> tuple[str, ...]:
    """A scheme as text, in the columns of `HEADER`."""
    accuracy = 100 * np.array(row["accuracy"])
    spread = f" ± {accuracy.std(ddof=1):.1f}" if len(accuracy) > 1 else ""
    return (
        row["scheme"] + " (found)" * row["found"],
        str(row["connected"]),
        f"{100 * row['score']:.1f}",
        f"{accuracy.mean():.1f}{spread}",
        ", ".join(f"{value:.1f}" for value in accuracy),
    )


def statistics(result: Agreement) -> dict[str, str]:
    """The statistics by what they are called in the report; regrets in points."""
    found: dict[str, Estimate | str | None] = {
        "Kendall's tau of the scores": result.kendall,
        "Spearman's correlation of the scores": result.spearman,
        "Kendall's tau of density alone": result.density,
        "gain of the scores over density": result.gain,
        "noise floor: tau between two seeds": result.seed_floor,
        "noise floor: tau between halves of the seeds": result.half_floor,
    }
    if result.ceiling is not None:
        found["tau that true accuracies would reach"] = f"{result.ceiling:+.2f}"
    for k, regret in result.regrets.items():
        found[f"points lacked by the {f'best of the top {k}' if k > 1 else 'top scheme'}"] = _points(regret)
    found["points lacked by a random scheme"] = _points(result.random_regret)
    return {name: str(value) for name, value in found.items() if value is not None}


def _points(estimate: Estimate) -> Estimate:
    return Estimate(*(100 * value for value in (estimate.value, estimate.low, estimate.high)))


def markdown(rows: list[dict], result: Agreement, how: str) -> str:
    """Verdict, statistics, and all schemes, best ones first."""
    lines = [result.verdict, "", f"| statistic | value [{100 * result.confidence:.3g} % interval] |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in statistics(result).items()]
    lines += ["", f"| {' | '.join(HEADER)} |", "|---|--:|--:|--:|---|"]
    ranked = sorted(rows, key=lambda row: np.mean(row["accuracy"]), reverse=True)
    lines += [f"| {' | '.join(cells(row))} |" for row in ranked]
    return "\n".join([*lines, "", f"{how} Intervals: bootstrap over schemes. ![figure](rank.png)", ""])
