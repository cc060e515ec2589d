"""How far a search is that another process runs."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple


class Glance(NamedTuple):
    """How far a search is that another process runs.

    Attributes:
        phase: "search", "repeat", "random" or "done"; None before it has begun.
        steps: The number of finished steps.
        schemes: The number of scored schemes.
    """

    phase: str | None = None
    steps: int = 0
    schemes: int = 0


def settings_of(file: Path) -> str | None:
    """Stands for the settings that a search is bound to; None if they cannot be read."""
    if not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT value FROM state WHERE key = 'settings'").fetchone()
    except sqlite3.DatabaseError:
        return None
    return hashlib.sha256(row[0].encode()).hexdigest()[:16] if row else None


def glance(file: Path) -> Glance:
    """Looks into the file of a search that another process runs, without touching it."""
    if not file.is_file():
        return Glance()
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        row = connection.execute("SELECT value FROM state WHERE key = 'phases'").fetchone()
        [steps] = connection.execute("SELECT COUNT(*) FROM steps").fetchone()
        [schemes] = connection.execute("SELECT COUNT(*) FROM evaluations").fetchone()
        connection.close()
    except (sqlite3.DatabaseError, ValueError):  # Another process is just making the tables, or it is damaged.
        return Glance()
    return Glance(json.loads(row[0])["phase"] if row else None, steps, schemes)
