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
    """Lists the names of the tables."""
    return sorted(path.name.removesuffix(".npz") for path in TABLES.iterdir() if path.name.endswith(".npz"))


def load(name: str) -> Table:
    """Loads a table by name.

    Raises:
        ValueError: An unknown name; the known ones are listed.

    Example:
        >>> table = load("digits-light-8")
        >>> table.accuracy.shape
        (256, 6)
    """
    if name not in available():
        raise ValueError(unknown("table", name, available()))
    return Table.read(TABLES / f"{name}.npz")  # type: ignore[arg-type]
