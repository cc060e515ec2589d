"""Several finished runs side by side, such as those of several modules, backbones or seeds."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ean.measure.paired import PairedScores
from keras_ean.run import shown
from keras_ean.run.kept import KeptRun
from keras_ean.run.kept_config import flattened
from keras_ean.run.manifest import FREE
from keras_ean.run.networks import FOUND
from keras_ean.run.report.page import Page, Part, Section, Table, Text
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import EVERYWHERE, NONE, Verdict

READING = {"data_dir", "size", "resize", "channels", "normalize", "memory", "verify", "strict"}
DRAWN = {"train", "validation", "seed", "draws"}
"""Options of data that leave what is to be seen on the test images as it is: how images are read and brought to a
network, and which of them are drawn. Another `seed` draws other test images, but of the same kind: networks can still
be compared, unpaired."""
OTHERWISE_SHOWN = frozenset((*FREE, "keep", "export", "data.name", "backbone.name", "model.name", "attention.name"))
"""Keys of a configuration that the overview shows anyway, that no answer depends on, or that a run changes itself."""
Bounds = tuple[float, float, float]
"""A difference with the ends of its interval."""


def same_images(first: KeptRun, second: KeptRun) -> bool:
    """Whether two runs were tested on the same images, as far as their folders tell: equally many, of which a hundred,
    evenly spaced, are equal."""
    (number, some), (others, more) = first.test_images(), second.test_images()
    return number == others is not None and some is not None and more is not None and np.array_equal(some, more)


def difference(first: KeptRun, second: KeptRun) -> tuple[Bounds, str]:
    """The second run's recommended network less the first's, with a 95 % interval, and how that was made.

    Paired where both answered the same images with as many seeds; otherwise the two are independent, and the interval
    is Newcombe's, of their own intervals (Statistics in Medicine 17, 1998, method 10). How is "paired", or "unpaired"
    with the reason: "not kept" are answers, others are "images" or numbers of "seeds".
    """
    one, other = first.verdict(), second.verdict()
    answers = [run.answers(verdict.recommended) for run, verdict in ((first, one), (second, other))]
    kept = [values for values in answers if values is not None]
    if len(kept) < 2:
        how = "unpaired: not kept"
    elif not same_images(first, second):
        how = "unpaired: images"
    elif kept[0].shape != kept[1].shape:
        how = "unpaired: seeds"
    else:
        drawn = [run.resampled(verdict.recommended) for run, verdict in ((first, one), (second, other))]
        again = None if drawn[0] is None or drawn[1] is None else {"first": drawn[0], "second": drawn[1]}
        scores = PairedScores({"first": kept[0], "second": kept[1]}, resampled=again, subjects=first.subjects())
        found = scores.difference("second", "first")
        return (found.value, found.low, found.high), "paired"
    values = [verdict.accuracy[verdict.recommended] for verdict in (one, other)]
    (low, high), (lower, higher) = (verdict.intervals[verdict.recommended] for verdict in (one, other))
    gain = values[1] - values[0]
    below = math.hypot(values[1] - lower, high - values[0])
    above = math.hypot(higher - values[1], values[0] - low)
    return (gain, gain - below, gain + above), how


def comparison(runs: Sequence[KeptRun]) -> Page:
    """All runs in one page.

    Raises:
        FileNotFoundError: One of them has no verdict yet.
        ValueError: There are fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError("A comparison is of two runs or more; of one, read its report: keras-ean report RUN.")
    names = unique([run.name for run in runs])
    verdicts = [run.verdict() for run in runs]
    best = max(range(len(runs)), key=lambda one: verdicts[one].accuracy[verdicts[one].recommended])
    other = _incomparable(runs, verdicts)
    answers = sorted({verdict.pays for verdict in verdicts})
    lead = [
        f"Of {len(runs)} runs, attention pays in {sum(one.pays == 'yes' for one in verdicts)}, does not pay in "
        f"{sum(one.pays == 'no' for one in verdicts)}, and is undecided in "
        f"{sum(one.pays == 'undecided' for one in verdicts)}."
    ]
    if not other:
        verdict = verdicts[best]
        value = verdict.unit.value(verdict.accuracy[verdict.recommended], verdict.intervals[verdict.recommended])
        lead.append(
            f"The best recommended network is that of {names[best]}: {verdict.costs[verdict.recommended].title}, "
            f"{value}. The best of several is partly luck: the differences below say how sure it is."
        )
    sections = [Section("The runs", _overview(runs, names, verdicts))]
    differ: Part = Text(f"The runs have different {other}, so that their networks are not compared with one another.")
    sections.append(Section("How far they differ", [differ if other else _differences(runs, names, verdicts[0].unit)]))
    sections.append(Section("Their answers", [Text("\n".join(map(_answer, names, verdicts)))]))
    return Page(f"Comparison of {', '.join(names)}", answers[0] if len(answers) == 1 else "it depends", lead, sections)


def _incomparable(runs: Sequence[KeptRun], verdicts: Sequence[Verdict]) -> str:
    """What of the runs is not the same, so that their networks have nothing to be compared by; empty if nothing is."""
    if len({verdict.unit for verdict in verdicts}) > 1:
        return "objectives"
    kinds = [(run.data, _showing(run)) for run in runs]
    return "images" if any(kind != kinds[0] for kind in kinds) else ""


def _showing(run: KeptRun) -> dict[str, Any]:
    """The options of its data that decide what the test images show."""
    return {name: value for name, value in run.config.data.options.items() if name not in READING | DRAWN}


def unique(names: Sequence[str]) -> list[str]:
    """The names, with a number behind each that is not the only one of its kind.

    Example:
        >>> unique(["a", "b", "a"])
        ['a 1', 'b', 'a 2']
    """
    return [
        f"{name} {names[: place + 1].count(name)}" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def _answer(name: str, verdict: Verdict) -> str:
    return f"{name}: {' '.join([verdict.sentence(), *verdict.cautions])}"


def _overview(runs: Sequence[KeptRun], names: Sequence[str], verdicts: Sequence[Verdict]) -> list[Part]:
    """What was asked, what the networks reach, and what the recommended one costs: narrow tables, for terminals."""
    asked, reached, costs = [], [], []
    for run, name, verdict in zip(runs, names, verdicts, strict=True):
        known = {row.name: row for row in run.rows()}
        taken, plain = known[verdict.recommended], known[NONE]
        asked.append((name, run.data, run.network, run.config.attention.name, str(verdict.seeds), verdict.pays))
        scores = [
            verdict.unit.value(verdict.accuracy[one], verdict.intervals[one]) for one in (NONE, FOUND, EVERYWHERE)
        ]
        reached.append((name, *scores))
        more = taken.over(plain, "parameters")
        counted = "" if more is None else f"{more:+.1f} %"
        costs.append((name, verdict.costs[verdict.recommended].title, counted, taken.slower(plain, 1, " %")))
    return [
        Table(
            ("run", "data", "network", "module", "seeds", "pays"),
            asked,
            "ttttnt",
            "'Seeds' are the trainings of each compared network, and 'pays' is whether attention does.",
        ),
        Table(
            ("run", "no attention", "found", "everywhere"),
            reached,
            "tnnn",
            "Scores on each run's own test images, with 95 % intervals for the noise of its seeds and of its test "
            "images.",
        ),
        Table(
            ("run", "recommended", "parameters", "time"),
            costs,
            "ttnn",
            "'Parameters' and 'time' say how much more of them the recommended network takes than the one without "
            "attention. Times were measured within each run, and machines drift, so that only their ratios are "
            "compared; one in brackets is not shown, since the middle halves of both networks' calls overlap.",
        ),
        *_told_apart(runs, names),
    ]


def _told_apart(runs: Sequence[KeptRun], names: Sequence[str]) -> list[Text]:
    """A line a run with the keys of the configuration in which not all are the same; nothing if there are none."""
    flat = [flattened(shown.without_places(run.config.model_dump(mode="json"))) for run in runs]
    keys = sorted(set().union(*flat) - OTHERWISE_SHOWN)
    differ = [key for key in keys if any(one.get(key) != flat[0].get(key) for one in flat)]
    told = [", ".join(f"{key}: {_said(one.get(key))}" for key in differ) for one in flat]
    return [Text("\n".join(["Their configurations differ in:", *map("{}: {}".format, names, told)]))] if differ else []


def _said(value: Any) -> str:
    return "not given" if value is None else value if isinstance(value, str) else json.dumps(value)


def _differences(runs: Sequence[KeptRun], names: Sequence[str], unit: Unit) -> Table:
    lines = []
    for run, name in zip(runs[1:], names[1:], strict=True):
        (value, low, high), how = difference(runs[0], run)
        factor, digits = unit.factor, 1 if unit.share else 3
        interval = f"{factor * low:+.{digits}f} to {factor * high:+.{digits}f}"
        sure = "better" if low > 0 else "worse" if high < 0 else "not shown"
        lines.append((name, f"{factor * value:+.{digits}f}", interval, sure, how))
    return Table(
        ("run", f"over {names[0]}, {unit.points}", "95 % interval", "so it is", "how"),
        lines,
        "tnntt",
        f"The recommended network of each run less that of {names[0]}. Paired: both were tested on the same images, "
        "and what they answered to each is compared, so that images that are hard for all do not count. Unpaired: two "
        "intervals of their own are put together, which is wider, because the answers were not kept, the test images "
        "are others (or not known to be the same), or the numbers of seeds differ. Every run has its own supernet; "
        "another one would give a somewhat different difference.",
    )
