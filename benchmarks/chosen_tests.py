"""Which tests can notice a mutant: those of its area that execute its line, as a run without a mutant has recorded."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from forked_tests import Task, answers
from mutation import Mutant, digest

SETUP = 60
"""Seconds after which tests that take no time are taken to hang."""


def area(file: str) -> str:
    """Name of the folder of the package, or of the file in none, that a file belongs to."""
    return Path(file).parts[1].removesuffix(".py")


def area_files(root: Path, file: str) -> list[str]:
    """The files of the area of a file."""
    folders = Path(file).parts[:2]
    files = Path(root, *folders).rglob("*.py") if len(Path(file).parts) > 2 else [root / file]
    return sorted(path.relative_to(root).as_posix() for path in files)


def area_tests(root: Path, file: str) -> list[str]:
    """The test files of the area of a file."""
    tests = root / "tests"
    paths = [tests / f"test_{area(file)}.py"] if len(Path(file).parts) == 2 else (tests / area(file)).rglob("test_*.py")
    return sorted(path.relative_to(root).as_posix() for path in paths)


@dataclass
class ChosenTests:
    """Records the lines that tests execute, and chooses tests by them.

    Attributes:
        root: of the package and its tests.
        folder: where recorded lines are kept: a file of each test file, and one of the doctests of an area.
        say: takes a line about each area.
    """

    root: Path
    folder: Path
    say: Callable[[str], None] = print
    recorded: dict[str, list[dict]] = field(default_factory=dict)

    def text(self, file: str) -> str:
        return (self.root / file).read_text()

    def state(self, file: str) -> str:
        """Digest of the tests of a file's area and of the backend."""
        return digest(os.environ.get("KERAS_BACKEND", ""), *map(self.text, area_tests(self.root, file)))

    def record(self, connections: list[Connection], files: Iterable[str]) -> None:
        """Runs the tests of the areas of some files without a mutant, as far as their lines are not known.

        Raises:
            ValueError: a test fails.
        """
        helpers = [path for path in sorted((self.root / "tests").rglob("*.py")) if not path.name.startswith("test_")]
        common = [os.environ.get("KERAS_BACKEND", ""), *(path.read_text() for path in helpers)]
        todo, failed = [], []
        for name, file in {area(file): file for file in files}.items():
            self.recorded[name], sources = [], list(map(self.text, area_files(self.root, file)))
            for group in [*([test] for test in area_tests(self.root, file)), area_files(self.root, file)]:
                state = digest(*common, *sources, *map(self.text, group))
                kept = self.folder / f"{digest(name, group[0])}.json"
                known = json.loads(kept.read_text()) if kept.exists() else {}
                if known.get("state") == state:
                    self.recorded[name].append(known)
                else:
                    traced = f"{Path(*Path(file).parts[:2])}{'/*' * (len(Path(file).parts) > 2)}"
                    todo.append((name, kept, state, Task(file, self.text(file), group, 3600, traced=traced)))
        self.folder.mkdir(parents=True, exist_ok=True)
        for place, answer in answers(connections, [task for *_, task in todo]):
            name, kept, state, task = todo[place]
            if not answer.passed:
                failed.append(f"{answer.by} does not:\n{answer.log[-3000:]}")
                continue
            self.recorded[name].append({"state": state, "tests": answer.tests, "lines": answer.lines})
            kept.write_text(json.dumps(self.recorded[name][-1]))
            self.say(f"Without a mutant {task.tests[0]} passes, in {answer.seconds:.0f} s.")
        if failed:
            raise ValueError("Tests must pass without a mutant, but " + "\n".join(failed))

    def executing(self, mutant: Mutant, lines: set[int]) -> set[str]:
        """The tests that execute one of these lines of the mutant's file."""
        return {
            list(group["tests"])[place]
            for group in self.recorded[area(mutant.file)]
            for line, places in group["lines"].get(mutant.file, {}).items()
            if int(line) in lines
            for place in places
        }

    def task(self, mutant: Mutant) -> Task:
        """The tests that execute a mutant's line, the fastest first.

        Where there are none, the line may run at import, or its text elsewhere: then those that execute any function
        of the file. All of the area if the file has no function.
        """
        groups = self.recorded[area(mutant.file)]
        seconds = {test: value for group in groups for test, value in group["tests"].items()}
        chosen = self.executing(mutant, mutant.lines) or self.executing(mutant, mutant.bodies)
        if not mutant.bodies:
            chosen = set(seconds)
        files: dict[str, float] = defaultdict(float)
        for test in chosen:
            files[test.partition("::")[0]] += seconds[test]
        return Task(
            mutant.file,
            mutant.mutated,
            sorted(files, key=files.__getitem__),
            SETUP + 5 * sum(files.values()),
            first=sorted(chosen, key=seconds.__getitem__),
            left_out=frozenset(seconds) - chosen,
        )
