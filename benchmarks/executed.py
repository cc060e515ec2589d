"""Which tests execute a line, also in the processes that they start: coverage.py with a context for each test.

What a fixture of a module or session does counts for every test that uses it, not only for the first one.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import coverage
import pytest

OPTIONS = """
[run]
data_file = {home}/executed/lines
parallel = true
include = {pattern}
context = ${{EXECUTED_BY}}
disable_warnings = no-data-collected, module-not-measured
"""


@contextmanager
def tracing(pattern: str, home: Path) -> Iterator["Tracer | None"]:
    """A plugin of pytest that records the lines of files below the working directory that fit a pattern.

    None where there is no pattern.
    """
    if not pattern:
        yield None
        return
    options = home / "coverage.ini"
    options.write_text(OPTIONS.format(home=home, pattern=Path(pattern).absolute()))
    (home / "executed").mkdir(exist_ok=True)
    # Installed together with coverage.py, a file that Python reads at its start sees to it in new processes.
    os.environ["COVERAGE_PROCESS_START"] = str(options)
    os.environ["EXECUTED_BY"] = ""
    measured = coverage.Coverage(config_file=str(options))
    measured.start()
    try:
        yield Tracer(measured)
    finally:
        measured.stop()
        measured.save()
        measured.combine()


class Tracer:
    """Switches contexts: a test's is its id, that of a fixture of wider scope its name."""

    def __init__(self, measured: coverage.Coverage):
        self.measured = measured
        self.users: dict[str, list[str]] = defaultdict(list)

    @contextmanager
    def context(self, name: str):
        before = os.environ["EXECUTED_BY"]
        os.environ["EXECUTED_BY"] = name
        self.measured.switch_context(name)
        try:
            yield
        finally:
            os.environ["EXECUTED_BY"] = before
            self.measured.switch_context(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        for name in (item.nodeid, *getattr(item, "fixturenames", ())):
            self.users[name].append(item.nodeid)
        with self.context(item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope == "function":
            return (yield)
        with self.context(fixturedef.argname):
            return (yield)

    def lines(self, tests: list[str]) -> dict[str, dict[int, list[int]]]:
        """By file, by line, the places in `tests` of those that executed it; none where it ran at import only."""
        places = {test: place for place, test in enumerate(tests)}
        data = self.measured.get_data()
        found = {}
        for file in sorted(data.measured_files()):
            lines = found[Path(file).relative_to(Path.cwd()).as_posix()] = {}
            for line, contexts in sorted(data.contexts_by_lineno(file).items()):
                users = {test for context in contexts for test in self.users.get(context, ())}
                lines[line] = sorted(places[test] for test in users)
        return found
