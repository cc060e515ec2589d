"""EAN-Bench: complete tables of small spaces, so that searches can be replayed against the truth."""

from importlib.resources import files

from keras_ean.bench import spaces
from keras_ean.bench.replay import ReplayEvaluator
from keras_ean.bench.table import Table
from keras_ean.bench.table_builder import TableBuilder
from keras_ean.registry import unknown

__all__ = ["ReplayEvaluator", "Table", "TableBuilder", "available", "load", "spaces"]

TABLES = files(__name__) / "tables"


def available() -> list[str]:
    """Lists the names of the tables that come with the package."""
    return sorted(path.name.removesuffix(".npz") for path in TABLES.iterdir() if path.name.endswith(".npz"))


def load(name: str) -> Table:
    """Loads a table: what every scheme of a small space reached when it was trained from scratch.

    Args:
        name: The name of the table, one of `available()`.

    Raises:
        ValueError: There is no table of that name; the message lists the known ones.

    Example:
        >>> table = load("digits-light-8")
        >>> table.accuracy.shape
        (256, 6)
    """
    if name not in available():
        raise ValueError(unknown("table", name, available()))
    return Table.read(TABLES / f"{name}.npz")  # type: ignore[arg-type]
