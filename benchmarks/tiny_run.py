"""A whole run that takes seconds, and commands on it, each in a process forked from one with all imports done."""

import atexit
import faulthandler
import gc
import hashlib
import io
import json
import os
import re
import signal
import sqlite3
import sys
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # A process with several threads cannot be forked.

import h5py  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / "runs" / "compiled"))  # Shared by all processes.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
sys.path.insert(0, str(ROOT))  # For what is shortened in tests is shortened here.
SETTINGS = (
    "data={name: digits, train: 64, validation: 4, test: 5}",
    "backbone={name: small, stages: [1, 1, 1]}",
    "pretrain.epochs=2",
    "tune.epochs=2",
    "seeds=1",
    "compare=[shared_folded]",
    "search={calibrate: 32, options: {max_steps: 3, samples_per_step: 2}}",
)
"""Every stage, folding and report included."""
LIMIT = 300.0
"""Seconds after which a command hangs."""


def prepare() -> None:
    """Imports all that a run needs, and makes "small" known as a backbone; nothing is computed, so no thread runs."""
    with suppress(ImportError):
        import tensorflow  # noqa: F401  # Keras does it later, whatever the backend.
    import keras_tuner  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import sklearn.datasets
    import sklearn.ensemble  # noqa: F401

    import keras_ean
    import keras_ean.run.pipeline
    from keras_ean.backbones.base import REGISTRY
    from tests.small_backbone import Small

    keras_ean.register_classes()
    REGISTRY.classes["small"] = Small
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        raise RuntimeError(f"Only a process of one thread can be forked; there are {threads}.")
    gc.freeze()
    warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)  # JAX expects threads, which there are not.


def options(*overrides: str, formats: str = "[saved_model]") -> list[str]:
    """Of `keras-ean run` for a tiny run."""
    return [part for each in (*SETTINGS, f"export={formats}", *overrides) for part in ("--set", each)]


def begin(work: Callable[[], Any], log: Path, environment: dict[str, str] | None = None) -> int:
    """Starts a process, in a group of its own, that does some work; gives its number.

    Args:
        work: called in the process, step by step and without detours.
        log: takes what it says.
        environment: more variables.
    """
    if child := os.fork():
        with suppress(OSError):
            os.setpgid(child, child)  # Here and in the child: whoever comes first.
        return child
    status = 1
    try:
        os.setpgid(0, 0)
        os.environ.update(environment or {})
        for output in (1, 2):
            os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND), output)
        faulthandler.enable()  # What a library written in C++ was at when it crashed.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with shortened():
            work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def command(*arguments: str | Path, before: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """The command line with these arguments, as work of `begin`."""

    def work() -> None:
        from keras_ean_cli import main

        sys.argv = ["keras-ean", *map(str, arguments)]
        before()
        main()

    return work


@contextmanager
def shortened() -> Iterator[None]:
    """Graphs are not traced, times are measured in two rounds, exports read back in the same process, figures empty,
    and nothing waits for the disk, since it is processes that are killed."""
    from tests import shortcuts

    with ExitStack() as stack:
        for shortcut in ("eagerly", "timed_briefly", "read_back_here", "sketched", "unsynced"):
            stack.enter_context(getattr(shortcuts, shortcut)())
        yield


def ended(child: int, seconds: float = LIMIT) -> int | None:
    """The exit status of a process that has ended, minus the number of the signal that ended it; None if it does not
    end within the time, and is then ended with all that it has started."""
    handle = os.pidfd_open(child)
    try:
        in_time = bool(wait([handle], seconds))
    finally:
        os.close(handle)
    if not in_time:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if in_time else None


def outcome(folder: Path) -> dict[str, Any]:
    """All that a finished run says and keeps, but for times, so that two runs can be compared."""
    found: dict[str, Any] = {"scores": scores(folder)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name.startswith(".") or ".damaged-" in name or "/." in name:
            continue
        if name.startswith("networks/") or name in ("scheme.json", "images.json", "supernet.keras", "verdict.json"):
            found[name] = content(path)
    return found


def content(path: Path) -> Any:
    """Of a file: weights as digests, JSON without what was timed, else its digest."""
    if path.suffix == ".keras":
        try:
            with zipfile.ZipFile(path) as archive:
                return _arrays(archive.read("model.weights.h5"))
        except zipfile.BadZipFile:
            return "damaged"
    if path.suffix == ".json":
        return _untimed(json.loads(path.read_text()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _arrays(content: bytes) -> dict[str, str]:
    """Digests of the arrays of an HDF5 file, whose other bytes tell of the process that wrote it."""
    found = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = hashlib.sha256(item[()].tobytes()).hexdigest()

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(visit)
    return found


def _untimed(value: Any) -> Any:
    if isinstance(value, dict):
        timed = ("seconds", "latency", "costs", "sentence", "slower")
        return {key: _untimed(one) for key, one in value.items() if not any(word in key for word in timed)}
    return [_untimed(one) for one in value] if isinstance(value, list) else value


def scores(folder: Path) -> list[tuple]:
    """What every search of a run has scored, and with what result."""
    found = []
    for file in sorted(folder.glob("search*/search.sqlite")):
        with suppress(sqlite3.DatabaseError):
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            for table in ("evaluations", "repeats"):
                found += connection.execute(f"SELECT trial, scheme, reward, step, origin, metrics FROM {table}")
            connection.close()
    return sorted(found)


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of what is not the same in two outcomes."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def last_line(log: Path) -> str:
    lines = [
        re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).strip() for line in log.read_text(errors="replace").splitlines()
    ]
    return next((line for line in reversed(lines) if line), "")
