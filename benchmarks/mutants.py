"""Would the tests notice a defect? Changes one place of the package at a time and runs the tests that belong to it.

    python benchmarks/mutants.py [--count 200] [--seed 0] [--jobs 2]

`make mutants` is that. It takes hours, on the backend of KERAS_BACKEND (TensorFlow where it is not set).

Draws `--count` mutants (mutation.py) from the files of `FILES`, of each in proportion to the number of its mutable
places. The tests of a mutant run until one fails: first the file's own (of the same path in tests/, and its doctests),
then the others of its area, those of the same folder first. The area of keras_ean/search/host/oracle.py is tests/search
with all folders in it, that of keras_ean/scheme.py is tests/test_*.py. A run that takes far longer than without a
mutant is stopped and counts as caught.

Results are kept in mutants.json, and a run goes on where it was stopped. A mutant that was caught runs again when its
file has changed, one that survived also when the tests of its area or the backend have. Survivors are printed as they
may be pasted into mutants.md, below the reason why no test can tell them from the original ("Equivalent: …") or need
do so ("Unreachable by design: …"). Such a mutant is not among those that should have been caught.

Neither library fits. Mutmut 3.8 leaves decorated functions and all that stands outside of functions alone, cosmic-ray
8.7 mutates neither arguments nor returns and starts a process for each mutant, where the imports alone take ten seconds
on two busy cores; neither draws a seeded sample, or runs a file's own tests before others.
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

from forked_tests import Answer, Task, answers, jobs
from mutation import Mutant, candidates, changed, digest

ROOT = Path(__file__).resolve().parents[1]
AREAS = ("attention", "exporting", "optimize", "search", "supernet")
FILES = ("keras_ean/scheme.py", *(f"keras_ean/{area}/**/*.py" for area in AREAS))
WARM = ("hypothesis", "sklearn.ensemble", "matplotlib.figure", "keras", "keras_tuner")
"""What many tests import."""
STATUSES = ("own", "area", "timed out", "survived", "excused")


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


def area(file: str) -> str:
    """Name of the folder of the package, or of the file in none, that a file belongs to."""
    return Path(file).parts[1].removesuffix(".py")


def own_tests(root: Path, file: str) -> list[str]:
    """The test file of the same path, where there is one, and the file, for its doctests."""
    path = Path(file)
    own = Path("tests", *path.parts[1:-1], f"test_{path.stem.strip('_')}.py")
    return [*([own.as_posix()] if (root / own).exists() else []), file]


def area_tests(root: Path, file: str) -> list[str]:
    """All test files of the area of a file."""
    folders = Path(file).parts[1:-1]
    tests = Path(root, "tests", folders[0]).rglob("test_*.py") if folders else Path(root, "tests").glob("test_*.py")
    return sorted(path.relative_to(root).as_posix() for path in tests)


def limit(seconds: float) -> float:
    """Seconds after which tests that took `seconds` are taken to hang."""
    return 60 + 5 * seconds


@dataclass
class Survey:
    """Runs the tests on mutants and keeps what they said.

    Attributes:
        root: of the package and its tests; is copied and not changed.
        kept: the file of results.
        warm: what the jobs import once.
        jobs: how many run at once.
        say: takes a line about each mutant.
    """

    root: Path
    kept: Path
    warm: Sequence[str] = WARM
    jobs: int = 2
    say: Callable[[str], None] = print
    results: dict[str, dict] = field(default_factory=dict)
    baselines: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self):
        if self.kept.exists():
            vars(self).update(json.loads(self.kept.read_text()))

    def save(self) -> None:
        text = json.dumps({"results": self.results, "baselines": self.baselines}, indent=1, sort_keys=True)
        with tempfile.NamedTemporaryFile("w", dir=self.kept.parent, delete=False) as written:
            written.write(text + "\n")
        os.replace(written.name, self.kept)

    def state(self, file: str) -> str:
        """Digest of the tests of a file's area and of the backend."""
        texts = (Path(self.root, test).read_text() for test in area_tests(self.root, file))
        return digest(os.environ.get("KERAS_BACKEND", ""), *texts)

    def known(self, mutant: Mutant) -> dict | None:
        """The result of a mutant, if it still holds."""
        result = self.results.get(mutant.identity)
        return (
            None if result and result["status"] == "survived" and result["state"] != self.state(mutant.file) else result
        )

    def run(self, mutants: Sequence[Mutant]) -> None:
        """Runs the mutants whose result is not known.

        Raises:
            ValueError: tests that fail without a mutant.
        """
        unknown = [mutant for mutant in mutants if not self.known(mutant)]
        if not unknown:
            return
        with jobs(self.jobs, self.root, self.warm) as connections:
            self.measure(connections, {area(mutant.file): mutant.file for mutant in unknown})
            tasks = [Task(mutant.file, mutant.mutated, self.stages(mutant.file)) for mutant in unknown]
            for number, (place, answer) in enumerate(answers(connections, tasks), start=1):
                mutant = unknown[place]
                self.results[mutant.identity] = self.result(mutant, answer)
                self.save()
                status = self.results[mutant.identity]["status"]
                where = f"{mutant.file}:{mutant.line} {mutant.kind}"
                self.say(f"{number}/{len(unknown)} {status:9} {answer.seconds:6.1f} s  {where}  {answer.by}")

    def result(self, mutant: Mutant, answer: Answer) -> dict:
        if answer.stage is None:
            return {"status": "survived", "seconds": answer.seconds, "state": self.state(mutant.file)}
        status = "timed out" if answer.timed_out else ("own", "area")[answer.stage]
        return {"status": status, "seconds": answer.seconds, "by": answer.by}

    def measure(self, connections, files: dict[str, str]) -> None:
        """Runs the tests of areas without a mutant: they must pass, and how long they take is kept."""
        sources = sorted({path for file in files.values() for path in (self.root / Path(file).parts[0]).rglob("*.py")})
        package = [path.read_text() for path in sources]
        states = {name: digest(self.state(file), *package) for name, file in files.items()}
        names = [name for name in files if self.baselines.get(name, {}).get("state") != states[name]]
        tasks = []
        for name in names:
            tests = [*area_tests(self.root, files[name]), *self.doctested(files[name])]
            tasks.append(Task(files[name], Path(self.root, files[name]).read_text(), [(tests, 3600)]))
        failed = []
        for place, answer in answers(connections, tasks):
            name = names[place]
            if answer.stage is not None:
                failed.append(f"{answer.by} does not:\n{answer.log[-3000:]}")
                continue
            seconds = {file: round(value, 1) for file, value in sorted(answer.files.items())}
            self.baselines[name] = {"state": states[name], "seconds": seconds}
            self.save()
            self.say(f"The tests of {name} pass without a mutant, in {answer.seconds:.0f} s.")
        if failed:
            raise ValueError("Tests must pass without a mutant, but " + "\n".join(failed))

    def doctested(self, file: str) -> list[str]:
        """The files of the area of a file."""
        folders = Path(file).parts[:2]
        files = Path(self.root, *folders).rglob("*.py") if len(Path(file).parts) > 2 else [self.root / file]
        return sorted(path.relative_to(self.root).as_posix() for path in files)

    def stages(self, file: str) -> list[tuple[list[str], float]]:
        """The file's own tests, then the others of its area: those of its folder first, the fast ones before others."""
        seconds = self.baselines[area(file)]["seconds"]
        own, folder = own_tests(self.root, file), Path("tests", *Path(file).parts[1:-1])
        rest = [test for test in area_tests(self.root, file) if test not in own]
        rest.sort(key=lambda test: (Path(test).parent != folder, seconds.get(test, 0)))
        return [(tests, limit(sum(seconds.get(test, 0) for test in tests))) for tests in (own, rest) if tests]


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
    survey = Survey(ROOT, ROOT / "benchmarks/mutants.json", jobs=options.jobs)
    survey.run(mutants)
    print(report(mutants, survey, excuses((ROOT / "benchmarks/mutants.md").read_text())))


if __name__ == "__main__":
    main()
