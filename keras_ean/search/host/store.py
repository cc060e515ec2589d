"""The truth about a search, in one SQLite file: jobs, evaluations, steps and the state that goes with them."""

import json
import sqlite3
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from sys import intern
from typing import Any

from keras_ean import files
from keras_ean.scheme import Scheme
from keras_ean.search.answers import ANSWERS
from keras_ean.search.evaluation import Evaluation, Numbers
from keras_ean.search.host import earlier_formats
from keras_ean.search.host.checked import note
from keras_ean.search.host.jobs import Job
from keras_ean.search.host.seals import TABLES, check, is_sealed, seal
from keras_ean.search.state import pack, unpack

FILE = "search.sqlite"
"""In the folder of a search."""
FORMAT = 3
"""Since 3 every row has a seal."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL, seal TEXT);
CREATE TABLE IF NOT EXISTS trials (
    id TEXT PRIMARY KEY, scheme TEXT NOT NULL, repeat INTEGER NOT NULL, status TEXT NOT NULL, step INTEGER NOT NULL,
    origin TEXT NOT NULL, tuner TEXT NOT NULL, attempts INTEGER NOT NULL, message TEXT, issued REAL NOT NULL, seal TEXT,
    UNIQUE (scheme, repeat));
CREATE TABLE IF NOT EXISTS evaluations (
    trial TEXT PRIMARY KEY REFERENCES trials (id), scheme TEXT NOT NULL UNIQUE, reward REAL NOT NULL,
    share REAL NOT NULL, step INTEGER NOT NULL, origin TEXT NOT NULL, seconds REAL NOT NULL,
    parts TEXT NOT NULL, metrics TEXT NOT NULL, seal TEXT);
CREATE TABLE IF NOT EXISTS repeats (
    trial TEXT PRIMARY KEY REFERENCES trials (id), scheme TEXT NOT NULL, repeat INTEGER NOT NULL, reward REAL NOT NULL,
    share REAL NOT NULL, step INTEGER NOT NULL, origin TEXT NOT NULL, seconds REAL NOT NULL,
    parts TEXT NOT NULL, metrics TEXT NOT NULL, seal TEXT, UNIQUE (scheme, repeat));
CREATE TABLE IF NOT EXISTS steps (
    step INTEGER PRIMARY KEY, schemes TEXT NOT NULL, rewards TEXT NOT NULL, summary TEXT NOT NULL, probabilities TEXT,
    seal TEXT);
CREATE TABLE IF NOT EXISTS scores (
    scheme TEXT NOT NULL, repeat INTEGER NOT NULL, metrics TEXT NOT NULL, seal TEXT,
    PRIMARY KEY (scheme, repeat));
"""


class Store:
    """One search on disk; a transaction holds all that belongs together, so a kill never leaves parts of it.

    WAL mode: other processes read while the search writes. One process writes; a second one is noticed and refused.

    Args:
        path: The path of the SQLite file; None keeps everything in memory.

    Raises:
        ValueError: A format that this version does not know, or a damaged file.
        OSError: It cannot be read or written.

    Example:
        >>> store = Store(None)
        >>> with store.transaction():
        ...     store.put("step", 3)
        >>> store.value("step")
        3
    """

    def __init__(self, path: Path | str | None):
        if path is not None and Path(path).is_dir():
            raise IsADirectoryError(f"{path} is a folder, where a search keeps its scores in a file: move it away.")
        if path is not None and not Path(path).exists():
            _create(Path(path))
        if path is not None and (wrong := check(Path(path))) is not None:
            raise ValueError(
                f"{path} {wrong}. Go on with the search, with which it is moved aside and what is lost is scored again."
            )
        self.connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self.path = path
        self.close = weakref.finalize(self, _close, self.connection, path)
        with self._as_os_error():
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=NORMAL")
            self.connection.executescript(SCHEMA)
            self.revision = self.value("revision") or 0
            self._check_format(path)

    def _check_format(self, path: Path | str | None) -> None:
        """Writes the format into a new file, brings an earlier one up to date, and refuses an unknown one."""
        found = self.value("format") or (1 if self.value("settings") else None)
        if found == FORMAT:
            return
        if found not in (None, 1, 2):
            self.close()
            raise ValueError(
                f"The search in {path} is kept in format {found!r}, but this version of keras_ean reads formats up to "
                f"{FORMAT}. Go on with the version that wrote it, or choose another project_name or overwrite=True."
            )
        with self.transaction():
            if not is_sealed(self.connection):
                for table in TABLES:
                    self.connection.execute(f"ALTER TABLE {table} ADD COLUMN seal TEXT")
            if found == 1:
                state = {row["key"]: unpack(row["value"]) for row in self._rows("SELECT * FROM state")}
                self.connection.execute("DELETE FROM state")
                for key, value in earlier_formats.from_1(state).items():
                    self.put(key, value)
            self._seal_all()
            self.put("format", FORMAT)

    def _seal_all(self) -> None:
        """Takes what an earlier version wrote as it is."""
        for table in TABLES:
            for row in list(self._rows(f"SELECT rowid AS number, * FROM {table} WHERE seal IS NULL")):
                number = row.pop("number")
                self.connection.execute(f"UPDATE {table} SET seal = ? WHERE rowid = ?", (seal(row), number))

    @contextmanager
    def _as_os_error(self) -> Iterator[None]:
        """What goes wrong with the file is told with its name."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(f"{self.path} cannot be written: {error}; what it holds is kept") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together, or none of them.

        Raises:
            RuntimeError: Another process has written to this search meanwhile.
            OSError: The disk is full, or the file cannot be written.
        """
        with self._as_os_error(), self._whole():
            yield

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            if (self.value("revision") or 0) != self.revision:
                raise RuntimeError(
                    "Another process writes to this search. Run one process on its folder, or one chief and workers."
                )
            before = self.connection.total_changes
            yield
            changed = self.connection.total_changes != before
            if changed:
                self.put("revision", self.revision + 1)
            self.connection.execute("COMMIT")
            self.revision += changed
        except BaseException:
            if self.connection.in_transaction:  # On a full disk SQLite has rolled it back by itself.
                self.connection.execute("ROLLBACK")
            raise

    def clear(self) -> None:
        """Forgets everything, as if the file were new."""
        for table in TABLES:
            self.connection.execute(f"DELETE FROM {table}")
        self.put("format", FORMAT)

    def value(self, key: str) -> Any:
        """A value of the state (`search.state.pack`); None if never put."""
        row = self.connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return unpack(row[0]) if row else None

    def put(self, key: str, value: Any) -> None:
        self._insert("INSERT OR REPLACE INTO state", {"key": key, "value": pack(value)})

    def put_job(self, job: Job) -> None:
        """Keeps a job as it is now."""
        names = ("id", "repeat", "status", "step", "origin", "attempts", "message")
        columns = {name: getattr(job, name) for name in names}
        columns |= {"scheme": str(job.scheme), "tuner": job.worker, "issued": time.time()}
        self._insert("INSERT OR REPLACE INTO trials", columns)

    def jobs(self, where: str = "status = 'RUNNING'", *values: Any) -> list[Job]:
        """Jobs in the order of issue; by default those that have not ended."""
        columns = "id, scheme, repeat, status, step, origin, tuner AS worker, attempts, message"
        rows = self._rows(f"SELECT {columns} FROM trials WHERE {where} ORDER BY CAST(id AS INTEGER)", *values)
        return [Job(**{**row, "scheme": Scheme(row["scheme"])}) for row in rows]

    def counts(self) -> tuple[int, int]:
        """How many jobs there are, and how many failed since the last that did not."""
        last = "SELECT COALESCE(MAX(CAST(id AS INTEGER)), -1) FROM trials WHERE status = 'COMPLETED'"
        failed = f"status = 'FAILED' AND CAST(id AS INTEGER) > ({last})"
        return self.connection.execute(f"SELECT COUNT(*), COALESCE(SUM({failed}), 0) FROM trials").fetchone()

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """Keeps the evaluation of a scheme, or a numbered repeat of it; a second one is sqlite3.IntegrityError."""
        names = ("trial", "reward", "share", "step", "origin", "seconds", *(("repeat",) if evaluation.repeat else ()))
        answers = {ANSWERS: evaluation.answers} if evaluation.answers else {}
        columns = {
            "scheme": str(evaluation.scheme),
            **{name: getattr(evaluation, name) for name in names},
            "parts": json.dumps(dict(evaluation.parts), sort_keys=True),
            "metrics": json.dumps({**evaluation.metrics, **answers}, sort_keys=True),
        }
        self._insert(f"INSERT INTO {'repeats' if evaluation.repeat else 'evaluations'}", columns)
        key = (columns["scheme"], evaluation.repeat)
        self.connection.execute("DELETE FROM scores WHERE scheme = ? AND repeat = ?", key)

    def evaluations(self) -> list[Evaluation]:
        """The first score of every scheme, in the order of the trials."""
        return self._evaluations("evaluations")

    def repeats(self) -> list[Evaluation]:
        """Further scores of the contenders by a noisy evaluator, in the order of the trials."""
        return self._evaluations("repeats")

    def _evaluations(self, table: str) -> list[Evaluation]:
        found = []
        for row in self._rows(f"SELECT * FROM {table} ORDER BY CAST(trial AS INTEGER)"):
            scheme, parts = Scheme(row.pop("scheme")), Numbers(json.loads(row.pop("parts")))
            metrics, origin = json.loads(row.pop("metrics")), intern(row.pop("origin"))
            answers = metrics.pop(ANSWERS, None)
            found.append(
                Evaluation(scheme, parts=parts, metrics=Numbers(metrics), origin=origin, answers=answers, **row)
            )
        return found

    def add_step(
        self, step: int, schemes: list[Scheme], rewards: list[float], summary: dict, probabilities: Any
    ) -> None:
        texts, values = list(map(str, schemes)), None
        if probabilities is not None:
            values = json.dumps([float(p) for p in probabilities])
        row = {
            "step": step,
            "schemes": json.dumps(texts),
            "rewards": json.dumps(rewards),
            "summary": json.dumps(summary),
        }
        self._insert("INSERT INTO steps", {**row, "probabilities": values})

    def steps(self) -> list[dict[str, Any]]:
        """One row per finished step: schemes of the batch, rewards, the searcher's summary and probabilities."""
        rows = self._rows("SELECT step, schemes, rewards, summary, probabilities FROM steps ORDER BY step")
        return [{k: json.loads(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows]

    def observed(self) -> Iterator[list[str]]:
        """The schemes of every finished step."""
        return (json.loads(text) for [text] in self.connection.execute("SELECT schemes FROM steps ORDER BY step"))

    def add_scores(self, scores: Mapping[Scheme, Mapping[str, Any]], repeat: int = 0) -> None:
        """Metrics of schemes scored ahead of their jobs."""
        for scheme, metrics in scores.items():
            row = {"scheme": str(scheme), "repeat": repeat, "metrics": json.dumps(dict(metrics), sort_keys=True)}
            self._insert("INSERT OR REPLACE INTO scores", row)

    def any_in(self, table: str) -> bool:
        """Whether a table has rows, such as "scores", whose jobs come later."""
        return self.connection.execute(f"SELECT 1 FROM {table}").fetchone() is not None

    def score(self, scheme: Scheme, repeat: int = 0) -> dict[str, Any] | None:
        query = "SELECT metrics FROM scores WHERE scheme = ? AND repeat = ?"
        row = self.connection.execute(query, (str(scheme), repeat)).fetchone()
        return json.loads(row[0]) if row else None

    def _insert(self, statement: str, columns: Mapping[str, Any]) -> None:
        columns = {**columns, "seal": seal(columns)}
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.connection.execute(f"{statement} ({names}) VALUES ({marks})", tuple(columns.values()))

    def _rows(self, query: str, *values: Any) -> Iterator[dict[str, Any]]:
        """Rows by column, one at a time, without their seals, which are looked at when the file is opened."""
        cursor = self.connection.execute(query, values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield {name: value for name, value in zip(names, row, strict=True) if name != "seal"}


def _create(path: Path) -> None:
    """Makes an empty store, whole or not at all: a file without tables would be taken for a damaged one."""
    with files.replacing(path) as staged, closing(sqlite3.connect(staged)) as connection:
        connection.executescript(SCHEMA)


def _close(connection: sqlite3.Connection, path: Path | str | None) -> None:
    """Closes the file, which holds all then, and notes that it is whole; at the latest when the process ends."""
    connection.close()
    if path is not None:
        note(Path(path))
