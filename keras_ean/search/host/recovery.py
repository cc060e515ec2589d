"""Taking up a search whose file is damaged: scores that are whole need not be made again."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from keras_ean import files
from keras_ean.scheme import Scheme
from keras_ean.search.host.seals import check, is_sealed, sealed_rows
from keras_ean.search.host.store import Store
from keras_ean.search.state import unpack

BINDING = ("settings", "prices", "evaluator")
"""What scores depend on; without all of it none is taken over."""

UNREADABLE = (sqlite3.DatabaseError, ValueError, TypeError)
"""What reading a damaged file raises: it may say of itself that its texts are in another encoding."""


def open_store(file: Path | None) -> Store:
    """The store in a file. One that is damaged is moved aside, and told; a new one begins with its whole scores.

    A search proposes the same schemes again, since its settings are the same, and finds their scores made already.
    """
    if file is None or (fault := check(file)) is None:
        return Store(file)
    state, scores = _whole(file)
    aside = files.set_aside(file)
    set_aside_beside(file)
    store = Store(file)
    with store.transaction():
        for key, value in state.items():
            store.put(key, value)
        for (scheme, repeat), metrics in scores.items():
            store.add_scores({scheme: metrics}, repeat)
    files.tell(f"{file} {fault}: moved to {aside.name}; {len(scores)} of its scores are taken over, others made again.")
    return store


def set_aside_beside(file: Path) -> None:
    """Moves aside what SQLite keeps beside a store that was moved, which it would take for the next one's."""
    for beside in (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if beside.exists():
            files.set_aside(beside)


def _whole(file: Path) -> tuple[dict[str, Any], dict[tuple[Scheme, int], Mapping[str, float]]]:
    """State that scores depend on, and the scores by scheme and repeat, as far as both are as they were written."""
    state: dict[str, Any] = {}
    scores: dict[tuple[Scheme, int], Mapping[str, float]] = {}
    if not file.is_file():
        return state, scores
    # A damaged file is read as far as it goes.
    with closing(sqlite3.connect(f"file:{file.resolve().as_posix()}?mode=ro", uri=True)) as connection:
        with suppress(*UNREADABLE):
            if is_sealed(connection):
                rows = (row for row, whole in sealed_rows(connection, "state") if whole)
                state = {row["key"]: unpack(row["value"]) for row in rows if row["key"] in BINDING}
        if state.keys() != {*BINDING}:
            return {}, {}
        for table in ("scores", "repeats", "evaluations"):
            with suppress(*UNREADABLE):
                for row, whole in sealed_rows(connection, table):
                    if whole:
                        metrics = {**json.loads(row["metrics"]), "share": row.get("share", 1.0)}
                        scores[Scheme(row["scheme"]), row.get("repeat", 0)] = metrics
    return state, scores
