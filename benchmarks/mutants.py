"""Would the tests notice a defect? Changes one place of the package at a time and runs the tests that belong to it.

    python benchmarks/mutants.py [--count 200] [--seed 0] [--jobs 2]

`make mutants` is that. It takes hours, on the backend of KERAS_BACKEND (TensorFlow where it is not set).

Draws `--count` mutants (mutation.py) from the files of `FILES`, of each in proportion to the number of its mutable
places, and mixes them, so that the first ones are a fair sample as well. The tests of the area of
keras_ean/search/host/oracle.py are tests/search with all folders in it and the doctests of keras_ean/search; those of
keras_ean/scheme.py are tests/test_scheme.py and its own doctests. They run once without a mutant, which records the
lines that each test executes (executed.py). Of a mutant only the tests run that execute its line, or where none does
any function of its file, file by file, the fastest first, until one fails. A run that takes far longer than without a
mutant is stopped and counts as caught.

What is known is kept in runs/mutants, and a run goes on where it was stopped. Lines are recorded anew of a test file
that has changed, and of a whole area when a file of the area has. A mutant that was caught runs again when its file has
changed, one that survived also when the tests of its area or the backend have. Survivors are printed as they may be
pasted into mutants.md, below the reason why no test can tell them from the original ("Equivalent: …") or need do so
("Unreachable by design: …"). Such a mutant is not among those that should have been caught.

Neither library fits. Mutmut 3.8 leaves decorated functions and all that stands outside of functions alone, cosmic-ray
8.7 mutates neither arguments nor returns and starts a process for each mutant, where the imports alone take ten seconds
on two busy cores; neither draws a seeded sample, or chooses tests by line.
"""

import argparse
import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chosen_tests import ChosenTests, area
from forked_tests import answers, jobs
from mutation import Mutant, candidates, changed, digest

ROOT = Path(__file__).resolve().parents[1]
AREAS = ("attention", "exporting", "optimize", "search", "supernet")
FILES = ("keras_ean/scheme.py", *(f"keras_ean/{area}/**/*.py" for area in AREAS))
WARM = ("hypothesis", "sklearn.ensemble", "matplotlib.figure", "keras", "keras_tuner")
"""What many tests import."""
STATUSES = ("caught", "timed out", "excused", "survived")


def draw(root: Path, files: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """A sample of mutants, the same for the same seed and files. A change of one file hardly changes those of others.

    Args:
        files: patterns of paths below `root`.

    Raises:
        ValueError: a pattern that no file fits.
    """
    found = {}
    for pattern in files:
        paths = sorted(root.glob(pattern))
        if not paths:
            raise ValueError(f"No file fits {pattern!r} in {root}: name where the files are now in FILES.")
        for path in paths:
            file = path.relative_to(root).as_posix()
            found[file] = candidates(file, path.read_text())
    shares = shared(count, {file: len(mutants) for file, mutants in found.items()})

    def rank(mutant: Mutant) -> str:
        replaced = mutant.source[mutant.start : mutant.end]
        return digest(str(seed), Path(mutant.file).name, mutant.kind, replaced, mutant.text, mutant.surroundings)

    drawn = []
    for file, mutants in found.items():
        valid = (mutant for mutant in sorted(mutants, key=rank) if mutant.valid)
        drawn += [mutant for _, mutant in zip(range(shares[file]), valid)]
    return sorted(drawn, key=rank)  # Of mixed files, so that the first ones are a sample as well.


def shared(count: int, places: dict[str, int]) -> dict[str, int]:
    """Shares of `count` in proportion to the places, which largest remainders make whole."""
    total = sum(places.values())
    count = min(count, total)
    shares = {file: count * number // total for file, number in places.items()}
    largest = sorted(places, key=lambda file: (-(count * places[file] % total), file))
    for file in largest[: count - sum(shares.values())]:
        shares[file] += 1
    return shares


@dataclass
class Survey:
    """Runs the tests on mutants and keeps what they said.

    Attributes:
        root: of the package and its tests; is copied and not changed.
        folder: of what is kept.
        warm: what the jobs import once.
        jobs: how many run at once.
        say: takes a line about each mutant.
    """

    root: Path
    folder: Path
    warm: Sequence[str] = WARM
    jobs: int = 2
    say: Callable[[str], None] = print
    results: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self):
        self.tests = ChosenTests(self.root, self.folder / "executed", self.say)
        self.kept = self.folder / "results.json"
        if self.kept.exists():
            self.results = json.loads(self.kept.read_text())

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False) as written:
            json.dump(self.results, written, indent=1, sort_keys=True)
        os.replace(written.name, self.kept)

    def known(self, mutant: Mutant) -> bool:
        """Whether the result of a mutant still holds."""
        result = self.results.get(mutant.identity)
        return bool(result) and result.get("state") in (None, self.tests.state(mutant.file))

    def run(self, mutants: Sequence[Mutant]) -> None:
        """Runs the mutants whose result is not known.

        Raises:
            ValueError: tests that fail without a mutant.
        """
        unknown = [mutant for mutant in mutants if not self.known(mutant)]
        if not unknown:
            return
        with jobs(self.jobs, self.root, self.warm) as connections:
            self.tests.record(connections, sorted({mutant.file for mutant in unknown}))
            tasks = [self.tests.task(mutant) for mutant in unknown]
            for number, (place, answer) in enumerate(answers(connections, tasks), start=1):
                mutant, tests = unknown[place], len(tasks[place].first)
                status = "survived" if answer.passed else "timed out" if answer.timed_out else "caught"
                result = {"status": status, "seconds": answer.seconds, "tests": tests, "by": answer.by}
                state = {"state": self.tests.state(mutant.file)} if answer.passed else {}
                self.results[mutant.identity] = result | state
                self.save()
                where = f"{mutant.file}:{mutant.line} {mutant.kind}"
                by = answer.by or f"of {tests} tests"
                self.say(f"{number}/{len(unknown)} {status:9} {answer.seconds:6.1f} s  {where}  {by}")


def excuses(text: str) -> set[tuple[str, ...]]:
    """The changes, as `Mutant.change` has them, that a Markdown text gives a reason for."""
    entries = re.findall(
        r"^(?:Equivalent|Unreachable by design): (?:.+\n)+\n```diff\n--- (.+)\n((?:.*\n)*?)```", text, re.M
    )
    return {(Path(file).name, *changed(diff.splitlines())) for file, diff in entries}


def report(mutants: Sequence[Mutant], survey: Survey, excused: set[tuple[str, ...]]) -> str:
    """A table of what caught the mutants, by area, and the diffs of those that nothing did."""
    counts: dict[str, Counter] = defaultdict(Counter)
    survivors, unused = [], set(excused)
    for mutant in mutants:
        status = survey.results[mutant.identity]["status"]
        if status == "survived" and mutant.change in excused:
            status = "excused"
            unused.discard(mutant.change)
        elif status == "survived":
            survivors.append(mutant)
        counts[area(mutant.file)][status] += 1
        counts["all"][status] += 1
    lines = [f"| area | mutants | {' | '.join(STATUSES)} | caught |", "|---" + "|--:" * (len(STATUSES) + 2) + "|"]
    for name in sorted(counts, key=lambda name: (name == "all", name)):
        count = counts[name]
        due = count.total() - count["excused"]
        share = f"{(due - count['survived']) / due:.0%}" if due else "–"
        numbers = " | ".join(str(count[status]) for status in STATUSES)
        lines.append(f"| {name} | {count.total()} | {numbers} | {share} |")
    for mutant in sorted(survivors, key=lambda mutant: (mutant.file, mutant.start)):
        lines += ["", f"{mutant.file}:{mutant.line} {mutant.kind}", "", "```diff", *mutant.diff(context=2), "```"]
    lines += ["", *(f"Excused, but no survivor: {' '.join(change)}" for change in sorted(unused))]
    return "\n".join(lines).rstrip()


def main(arguments: Sequence[str] | None = None) -> None:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    mutants = draw(ROOT, FILES, options.count, options.seed)
    survey = Survey(ROOT, ROOT / "runs/mutants", jobs=options.jobs)
    survey.run(mutants)
    print(report(mutants, survey, excuses((ROOT / "benchmarks/mutants.md").read_text())))


if __name__ == "__main__":
    main()
