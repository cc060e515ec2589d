"""How well scores rank schemes, as text and as a section of the report."""

import numpy as np

from keras_ean.measure.agreement import Agreement, Estimate, read_agreement
from keras_ean.measure.scatter import ranking_figure
from keras_ean.run.folder import RunFolder, read_json
from keras_ean.run.report import alternatives
from keras_ean.run.report.page import Picture, Section, Text
from keras_ean.run.report.table import mean_spread
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.scheme import Scheme

RANKED = (
    "Every dot is a scheme that was trained from scratch, on the left against its score in the search. If scores can "
    "be trusted, dots rise from left to right; if they rise as well on the right, where the number of connected "
    "{noun}s takes the place of the score, the scores say little about where attention belongs. Tau is 1 where both "
    "orders are the same, and 0 where they have nothing to do with each other; brackets have its 95 % interval. "
    "Accuracies from scratch are not those of the compared networks where these begin from the supernet's weights."
)


def header(unit: Unit) -> tuple[str, ...]:
    """The header of the columns."""
    return ("scheme", "on", "score %" if unit.share else f"score, {unit.called}", "trained from scratch %", "per seed")


def axis(unit: Unit) -> tuple[str, float]:
    """The label of the axis of scores in the figure, and their factor; below 0 where less of them is better."""
    how = "%" if unit.share else f"{unit.better} is better"
    return f"score in the search: validation {unit.short}, {how}", unit.turned(unit.factor)


def cells(row: dict, unit: Unit = ACCURACY) -> tuple[str, ...]:
    """A scheme as text, in the columns of `header`."""
    accuracy = [100 * value for value in row["accuracy"]]
    return (
        row["scheme"] + " (found)" * row["found"],
        str(row["connected"]),
        unit.number(unit.turned(row["score"])),
        mean_spread(accuracy),
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


def section(folder: RunFolder, title: str, noun: str = "block") -> list[Section]:
    """Whether the scores can be trusted, if `keras-ean rank` was asked; the `noun` is what schemes connect."""
    file = folder.path / "rank" / "rank.json"
    if not file.is_file():
        return []
    facts = read_json(file)
    rows = facts["schemes"]
    schemes = [Scheme(row["scheme"]) for row in rows]
    found = next((scheme for scheme, row in zip(schemes, rows, strict=True) if row["found"]), None)
    scores, accuracy = (np.array([row[name] for row in rows]) for name in ("score", "accuracy"))
    agreed = read_agreement(facts["agreement"])
    unit = Unit(**facts.get("unit", {}))  # An earlier version scored by accuracy alone.
    figure = ranking_figure(schemes, scores, accuracy, found, agreed, title, *axis(unit), noun)
    picture = Picture(
        "rank",
        alternatives.rank(scores, accuracy, agreed, unit, noun),
        figure,
        f"{RANKED.format(noun=noun)} {facts['how']}",
    )
    return [Section("Whether the scores can be trusted", [Text(facts["verdict"]), picture])]


def _points(estimate: Estimate) -> Estimate:
    return Estimate(*(100 * value for value in (estimate.value, estimate.low, estimate.high)))


def markdown(rows: list[dict], result: Agreement, how: str, unit: Unit = ACCURACY) -> str:
    """Verdict, statistics, and all schemes, best ones first."""
    lines = [result.verdict, "", f"| statistic | value [{100 * result.confidence:.3g} % interval] |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in statistics(result).items()]
    lines += ["", f"| {' | '.join(header(unit))} |", "|---|--:|--:|--:|---|"]
    ranked = sorted(rows, key=lambda row: np.mean(row["accuracy"]), reverse=True)
    lines += [f"| {' | '.join(cells(row, unit))} |" for row in ranked]
    return "\n".join([*lines, "", f"{how} Intervals: bootstrap over schemes. ![figure](rank.png)", ""])
