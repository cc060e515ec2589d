"""Seals of a store's rows: what a damaged file gives back is never taken for a score."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keras_ean import files
from keras_ean.search.host.checked import unchanged

TABLES = ("state", "trials", "evaluations", "repeats", "steps", "scores")


def seal(columns: Mapping[str, Any]) -> str:
    """16 hexadecimal digits that stand for the values of a row.

    Example:
        >>> seal({"step": 1, "reward": 2}) == seal({"reward": 2.0, "step": 1}) != seal({"step": 1, "reward": 2.5})
        True
    """
    if any(isinstance(value, bytes) for value in columns.values()):
        raise TypeError("No row has bytes, which Python would read as the number that they spell.")
    # SQLite gives whole numbers back as it likes, by the type of their column.
    values = [
        value if value is None or isinstance(value, str) else float(value) for _, value in sorted(columns.items())
    ]
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=8).hexdigest()


def sealed_rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[dict[str, Any], bool]]:
    """The rows of a table without their seals, and whether each is as it was written."""
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    for values in cursor:
        row = dict(zip(names, values, strict=True))
        given = row.pop("seal", None)
        try:
            yield row, given == seal(row)
        except (TypeError, ValueError):  # A blob in the place of a text or a number.
            yield row, False


def fault(connection: sqlite3.Connection) -> str | None:
    """What is wrong with a store, as the end of a sentence; None if it is as it was written."""
    try:
        [(found,)] = connection.execute("PRAGMA quick_check(1)")
        if found != "ok":
            return "is damaged"
        present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not present:
            return None  # Just being made.
        if missing := [table for table in TABLES if table not in present]:
            return f"is no search of keras_ean: it has no table {missing[0]}"
        if not is_sealed(connection):
            return None  # An earlier version wrote it, without seals.
        for table in TABLES:
            if not all(whole for _, whole in sealed_rows(connection, table)):
                return f"is damaged: a row of its table {table} is not as it was written"
        return _lost(connection)
    except (sqlite3.DatabaseError, ValueError, UnicodeDecodeError):
        return "is damaged, or no search of keras_ean"


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Whether rows have seals; an earlier version wrote none."""
    return "seal" in {row[1] for row in connection.execute("PRAGMA table_info(state)")}


GAPS = (
    ("trials", "SELECT COUNT(*) != COALESCE(MAX(CAST(id AS INTEGER)) + 1, 0) FROM trials"),
    (
        "evaluations",
        "SELECT COUNT(*) FROM trials WHERE status = 'COMPLETED' AND id NOT IN "
        "(SELECT trial FROM evaluations UNION SELECT trial FROM repeats)",
    ),
    ("steps", "SELECT COUNT(*) != COALESCE(MAX(step) + 1, 0) FROM steps"),
    (
        "evaluations",  # An earlier version did not part stages by blanks.
        "SELECT EXISTS (SELECT 1 FROM steps, json_each(steps.schemes) AS named "
        "WHERE REPLACE(named.value, ' ', '') NOT IN (SELECT REPLACE(scheme, ' ', '') FROM evaluations))",
    ),
    (
        "state",
        "SELECT EXISTS (SELECT 1 FROM trials) AND NOT EXISTS (SELECT 1 FROM state WHERE key = 'settings')",
    ),
)
"""Tables, and queries that count rows of theirs that must have been there."""


def _lost(connection: sqlite3.Connection) -> str | None:
    for table, query in GAPS:
        [(lost,)] = connection.execute(query)
        if lost:
            return f"is damaged: rows of its table {table} are lost"
    return None


def check(file: Path) -> str | None:
    """What is wrong with the store in a file, which is only read; None if nothing is, or if there is none."""
    if not file.is_file():
        return files.NO_FILE if file.exists() else None
    if file.stat().st_size == 0:
        return "is empty"
    if unchanged(file):
        return None
    connection = sqlite3.connect(f"file:{file.resolve().as_posix()}?mode=ro", uri=True)
    try:
        return fault(connection)
    finally:
        connection.close()
