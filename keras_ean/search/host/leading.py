"""What a search that another process runs has found so far."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from keras_ean.scheme import Scheme


class Leading(NamedTuple):
    """The best of a search so far, and where its policy leans.

    Attributes:
        stages: Residual blocks per stage; None before the search has begun.
        seconds: The seconds that scoring took, added up.
        best: The scheme of the highest reward that the search itself has scored.
        reward: The reward of that scheme.
        objective: What was measured of it, without sparsity and costs.
        probabilities: The probabilities of each block, by the newest policy; empty where the algorithm has none.
    """

    stages: tuple[int, ...] | None = None
    seconds: float = 0.0
    best: Scheme | None = None
    reward: float = 0.0
    objective: float | None = None
    probabilities: tuple[float, ...] = ()


def leading(file: Path) -> Leading:
    """Looks into the file of a search without touching it."""
    if not file.is_file():
        return Leading()
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return _read(connection)
    except sqlite3.OperationalError:  # The other process is just making the tables.
        return Leading()


def _read(connection: sqlite3.Connection) -> Leading:
    def first(query: str) -> tuple | None:
        return connection.execute(f"{query} LIMIT 1").fetchone()

    settings = first("SELECT value FROM state WHERE key = 'settings'")
    if settings is None:
        return Leading()
    [seconds] = connection.execute("SELECT TOTAL(seconds) FROM evaluations").fetchone()
    found = Leading(tuple(json.loads(settings[0])["stages"]), seconds)
    policy = first("SELECT probabilities FROM steps WHERE probabilities IS NOT NULL ORDER BY step DESC")
    if policy is not None:
        found = found._replace(probabilities=tuple(json.loads(policy[0])))
    best = first("SELECT scheme, reward, parts FROM evaluations WHERE origin = 'search' ORDER BY reward DESC")
    if best is None:
        return found
    scheme, reward, parts = best
    return found._replace(best=Scheme(scheme), reward=reward, objective=json.loads(parts).get("objective"))
