"""Runs of pytest on changed copies of a folder, each in a process forked from one that has imported what takes long.

TensorFlow and JAX start threads when they first compute, and a process that has threads cannot safely be forked; their
import alone starts none. So a job imports, sees to it that it is still of one thread, and forks for each run.
"""

import compileall
import gc
import importlib.util
import json
import os
import resource
import runpy
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest
from executed import tracing

MEMORY = 12 * 2**30
"""Bytes of address space of a process that runs tests, so that no change of the code takes the machine's memory."""


@dataclass(frozen=True)
class Task:
    """A file with a content of its own, and the tests to run on it until one fails.

    Attributes:
        file: its path below the root.
        source: what it holds while the tests run.
        tests: test files, in the order in which they run.
        limit: seconds after which they are stopped.
        first: ids of tests that run in this order within their file, before all others.
        left_out: ids of tests that do not run.
        traced: pattern of the paths below the root in which the lines that each test executes are recorded.
    """

    file: str
    source: str
    tests: Sequence[str]
    limit: float
    first: Sequence[str] = ()
    left_out: frozenset[str] = frozenset()
    traced: str = ""


@dataclass(frozen=True)
class Answer:
    """What the tests of a task said.

    Attributes:
        passed: whether all tests did, or there are none.
        by: the test that failed, or how the process ended.
        timed_out: whether the tests were stopped at their limit.
        seconds: of all together.
        tests: seconds of each test that ran.
        lines: by file, by line, the tests that executed it, as places in `tests`; of a task that is traced.
        log: what pytest printed.
    """

    passed: bool
    by: str
    timed_out: bool
    seconds: float
    tests: dict[str, float]
    lines: dict[str, dict[str, list[int]]]
    log: str


@contextmanager
def jobs(count: int, root: Path, warm: Sequence[str]) -> Iterator[list[Connection]]:
    """Connections to processes that answer a `Task` with an `Answer`, each in its own copy of `root`.

    Args:
        warm: names of the modules that they import before they fork; none of the copied ones.
    """
    context = get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ExitStack() as ending:
        connections = []
        for number in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, root, Path(folder, str(number)), warm))
            process.start()
            theirs.close()
            ending.callback(process.join)
            ending.callback(ours.close)  # The process ends when it reads no more tasks.
            connections.append(ours)
        yield connections


def answers(connections: list[Connection], tasks: Sequence[Task]) -> Iterator[tuple[int, Answer]]:
    """(index of the task, its answer), as they come.

    Raises:
        RuntimeError: a job ended by itself.
    """
    waiting, running = list(range(len(tasks)))[::-1], {}
    try:
        while waiting or running:
            for connection in connections:
                if waiting and connection not in running:
                    running[connection] = waiting.pop()
                    connection.send(tasks[running[connection]])
            for connection in wait(running):
                answer = connection.recv()
                yield running.pop(connection), answer
    except (EOFError, ConnectionError):
        raise RuntimeError("A job has ended by itself; what it printed says why.") from None


def serve(connection: Connection, root: Path, home: Path, warm: Sequence[str]) -> None:
    """A job: copies, imports, and answers tasks until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # An interrupted parent closes the connection.
    copy = home / "copy"
    ignored = root / ".gitignore"
    lines = ignored.read_text().split() if ignored.exists() else []
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".git", *(line.rstrip("/") for line in lines)))
    # By default Python takes a file of the same size and second for unchanged, and many a change is of no other size.
    compileall.compile_dir(copy, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(copy), os.environ.get("PYTHONPATH"))))
    if Path("tests/conftest.py").exists():
        runpy.run_path("tests/conftest.py")  # It sets variables of the environment that matter to imports.
    for name in warm:
        importlib.import_module(name)
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(f"Only a process of one thread can be forked, but importing {warm} left {threads}.")
    gc.freeze()  # Pytest collects garbage often, and there are a million objects that are none.
    warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)  # JAX expects threads, which there are not.
    with suppress(EOFError, ConnectionError):  # The parent has gone.
        while True:
            connection.send(perform(connection.recv(), connection, home))


def perform(task: Task, connection: Connection, home: Path) -> Answer:
    if not task.tests:
        return Answer(True, "", False, 0, {}, {}, "")
    package = Path(task.file).parts[0]
    found = importlib.util.find_spec(package)
    if package in sys.modules or not found or not str(found.origin).startswith(f"{home}{os.sep}"):
        raise RuntimeError(f"The tests would not run on the copy of {package}, but on {found}.")
    path = Path(task.file)
    original = path.read_text()
    path.write_text(task.source)
    start = time.monotonic()
    try:
        code, recorded = fork(task, connection, home)
    finally:
        path.write_text(original)
    seconds, log = round(time.monotonic() - start, 1), (home / "log").read_text(errors="replace")
    passed = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    end = f"over {task.limit:.0f} s" if code is None else f"exit code {code}"
    by = "" if passed else [*recorded["failed"], end][0]
    return Answer(passed, by, code is None, seconds, recorded["seconds"], recorded["lines"], log)


def fork(task: Task, connection: Connection, home: Path) -> tuple[int | None, dict]:
    """Exit code of pytest, None for a process that was stopped at its limit, and what was recorded."""
    shutil.rmtree(".hypothesis", ignore_errors=True)  # What a change of the code failed on is no matter to the next.
    record = home / "record"
    record.write_text(json.dumps({"failed": [], "seconds": {}, "lines": {}}))
    child = os.fork()
    if child == 0:
        run(task, record, home)
    with suppress(OSError):
        os.setpgid(child, child)  # Here and in the child: whoever comes first.
    ended = os.pidfd_open(child)
    try:
        # The connection has something to read only if it is closed.
        timed_out = ended not in wait([ended, connection], task.limit)
    finally:
        os.close(ended)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # With all that the tests have started.
        status = os.waitpid(child, 0)[1]
    return None if timed_out else os.waitstatus_to_exitcode(status), json.loads(record.read_text())


def run(task: Task, record: Path, home: Path):
    """In the child: pytest, and no return."""
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        for descriptor, (file, mode) in enumerate(((os.devnull, "r"), (home / "log", "w"), (home / "log", "a"))):
            with open(file, mode) as opened:
                os.dup2(opened.fileno(), descriptor)
        options = ["-x", "-q", "--tb=short", "--doctest-modules"]
        options += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:anyio"]  # Not needed here, and slow to load.
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # Of plugins that are imported already.
        recorder = Recorder(task)
        with tracing(task.traced, home) as tracer:
            plugins = [recorder, *([tracer] if tracer else [])]
            code = int(pytest.main([*options, f"--basetemp={home / 'temporary'}", *task.tests], plugins=plugins))
        lines = tracer.lines(list(recorder.seconds)) if tracer else {}
        record.write_text(json.dumps({"failed": recorder.failed, "seconds": recorder.seconds, "lines": lines}))
    finally:
        sys.stdout.flush()
        os._exit(code)


class Recorder:
    """A plugin that runs tests in the order that is asked for, and records what fails and takes time."""

    def __init__(self, task: Task):
        self.files = {file: place for place, file in enumerate(task.tests)}
        self.first = {test: place for place, test in enumerate(task.first)}
        self.left_out = task.left_out
        self.failed: list[str] = []
        self.seconds: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        def rank(item):
            return self.files[item.nodeid.partition("::")[0]], self.first.get(item.nodeid, len(self.first))

        items[:] = sorted((item for item in items if item.nodeid not in self.left_out), key=rank)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)
