"""Finished trainings of a space, kept one by one in SQLite, so that any number of processes may add to them."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Training(NamedTuple):
    """A training: the scheme's number, its seed, validation accuracy after each epoch, test accuracy at the end."""

    scheme: int
    seed: int
    curve: list[float]
    accuracy: float


class Trainings:
    """A file of trainings; each pair of scheme and seed is kept once.

    Args:
        path: The SQLite file, which is made if it is not there.
        settings: What the trainings depend on; it must equal that of an existing file.

    Raises:
        ValueError: The file holds trainings with other settings.
    """

    def __init__(self, path: str | Path, settings: dict):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY, text TEXT)")
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS trainings "
            "(scheme INTEGER, seed INTEGER, curve TEXT, accuracy REAL, PRIMARY KEY (scheme, seed))"
        )
        text = json.dumps(settings, sort_keys=True)
        self.connection.execute("INSERT OR IGNORE INTO settings VALUES (0, ?)", (text,))
        [(kept,)] = self.connection.execute("SELECT text FROM settings")
        if kept != text:
            raise ValueError(
                f"{path} holds trainings of other settings, {kept}, not {text}. Name another folder, or delete it."
            )

    def add(self, trainings: Iterable[Training]) -> None:
        """All of them, or none."""
        rows = [(one.scheme, one.seed, json.dumps(one.curve), one.accuracy) for one in trainings]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT OR IGNORE INTO trainings VALUES (?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def done(self) -> set[tuple[int, int]]:
        """(scheme, seed) of every training."""
        return set(self.connection.execute("SELECT scheme, seed FROM trainings"))

    def all(self) -> list[Training]:
        """All finished trainings, ordered by scheme, then seed."""
        rows = self.connection.execute("SELECT * FROM trainings ORDER BY scheme, seed")
        return [Training(scheme, seed, json.loads(curve), accuracy) for scheme, seed, curve, accuracy in rows]
