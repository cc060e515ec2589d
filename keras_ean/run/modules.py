"""Several attention modules in one model: a run for each, one table, one answer."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from keras_ean import files
from keras_ean.run.comparing import comparison
from keras_ean.run.folder import RunFolder
from keras_ean.run.kept import KeptRun
from keras_ean.run.measured import measured
from keras_ean.run.no_run import check_place
from keras_ean.run.pipeline import Run
from keras_ean.run.report.as_html import as_html
from keras_ean.run.report.rows import rows
from keras_ean.run.verdict import NONE, Verdict


@dataclass(frozen=True)
class Answer:
    """The answer of all modules together; `str()` says it.

    Attributes:
        pays: "yes" if attention of one of the modules is better than none; "no" if none of them is by more than the
            tolerance; else "undecided". Intervals are as wide as so many tries ask for (Bonferroni).
        module: The name of the module whose network is recommended, or which came closest.
        recommended: The name of the recommended network in that module's run.
        verdicts: The verdict of each run, by the name of its module.
    """

    pays: Literal["yes", "no", "undecided"]
    module: str
    recommended: str
    verdicts: Mapping[str, Verdict]

    def __str__(self) -> str:
        own = self.verdicts[self.module]
        if len(self.verdicts) == 1:
            return str(own)
        confidence = f"{100 * own.gain.confidence:.3g} %"
        lines = [f"{len(self.verdicts)} modules were tried, so intervals are those of {confidence} (Bonferroni)."]
        lines += [f"{module}: {verdict.sentence()}" for module, verdict in self.verdicts.items()]
        chosen = (
            "no attention" if self.recommended == NONE else f"{own.costs[self.recommended].title} with {self.module}"
        )
        return "\n".join([*lines, f"Recommended of all: {chosen}. {own.recommendation()}"])


class Modules:
    """Runs of the same model and images with one attention module each; what does not depend on it is done once.

    Args:
        folder: The folder of the run; with several modules, that of their runs, each of which has a folder in it.
        starts: For each module by its name, a function from a folder to the run in it.

    Raises:
        ValueError: There is no module.
    """

    def __init__(self, folder: Path, starts: Mapping[str, Callable[[Path], Run]]):
        if not starts:
            raise ValueError("Name at least one attention module.")
        self.folder, self.starts = folder, starts

    @cached_property
    def runs(self) -> dict[str, Run]:
        """The runs by module.

        Raises:
            ValueError: The folder holds one run, and there are several modules; or the other way round.
        """
        several = len(self.starts) > 1
        if several:
            check_place(self.folder, self.starts)
        return {name: start(self.folder / name if several else self.folder) for name, start in self.starts.items()}

    def __call__(self) -> Path:
        """All runs to their ends."""
        first, *others = self.runs.values()
        for number, (module, run) in enumerate(self.runs.items(), 1):
            if others:
                run.context.tell(f"Module {number} of {len(self.runs)}: {module}.")
            if run is not first:
                self._hand_over(first.folder, run.folder)
            run()
        if others:
            files.write_text(self.folder / "report.md", f"{self.table()}\n\n{self.verdict()}\n")
            page = comparison([KeptRun(run.folder.path) for run in self.runs.values()])
            files.write_text(self.folder / "report.html", as_html(page, {}))
        return self.folder

    @staticmethod
    def _hand_over(first: RunFolder, other: RunFolder) -> None:
        """The model without attention, with all its trainings, is the same for every module."""
        source, target = first.path, other.path
        own = (path for pattern in ("networks/{}-*", "curves/{}-*") for path in source.glob(pattern.format(NONE)))
        for path in (source / "baseline.keras", *sorted(own)):
            place = target / path.relative_to(source)
            if not place.exists():
                copied = place.with_name(f".{place.name}")
                place.parent.mkdir(parents=True, exist_ok=True)
                if path.is_dir():
                    shutil.copytree(path, copied, dirs_exist_ok=True)
                else:
                    shutil.copy(path, copied)
                copied.rename(place)
                other.enter(place)

    def verdict(self) -> Answer:
        """The verdict of all modules together."""
        verdicts = {name: run.verdict() for name, run in self.runs.items()}
        pays = {verdict.pays for verdict in verdicts.values()}

        def worth(module: str) -> tuple[bool, float]:
            verdict = verdicts[module]
            return verdict.recommended != NONE, verdict.accuracy[verdict.recommended] + min(0.0, verdict.gain.value)

        module = max(verdicts, key=worth)
        answer: Literal["yes", "no", "undecided"] = "yes" if "yes" in pays else "no" if pays == {"no"} else "undecided"
        return Answer(answer, module, verdicts[module].recommended, verdicts)

    def table(self) -> str:
        """None, everywhere, random and found of every module: objective with interval, time, parameters.

        Times are those over no attention in the same run, whose networks are timed in turns: another run's milliseconds
        may be those of a busier machine.
        """
        answer, several = self.verdict(), len(self.runs) > 1
        [(_, first), *_] = self.runs.items()
        unit = first.context.unit
        lines = [f"| network | on | {unit.title} | time | parameters | |", "|---|--:|---|--:|--:|---|"]
        for module, run in self.runs.items():
            verdict = answer.verdicts[module]
            found = rows(measured(run.context, run.compared()))
            plain = next(row.latency_ms for row in found if row.name == NONE)
            for row in found:
                if row.name == NONE and run is not first:
                    continue
                name = f"{module}: {row.title}" if several and row.name != NONE else row.title
                value = unit.value(verdict.accuracy[row.name], verdict.intervals[row.name])
                chosen = (answer.module, answer.recommended) == (module, row.name) or (
                    row.name == answer.recommended == NONE
                )
                cells = (
                    name,
                    f"{row.connected:.3g}/{row.blocks}",
                    value,
                    time(row.latency_ms, None if row.name == NONE else plain),
                    f"{row.parameters:,.0f}",
                    "recommended" if chosen else "",
                )
                lines.append(f"| {' | '.join(cells)} |")
        return "\n".join([*lines, f"Attention pays: {answer.pays}."])


def time(milliseconds: float, plain: float | None) -> str:
    """The time of a batch; for a network with attention, what it takes over the plain one."""
    return f"{milliseconds:.2f} ms" if plain is None else f"{100 * (milliseconds / plain - 1):+.0f} %"
