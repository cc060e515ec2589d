"""Tables of a page, of which some rows are measured anew."""

from collections.abc import Iterable, Sequence


def cells(line: str) -> list[str]:
    """What stands in a row of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def section(page: str, heading: str) -> str:
    """What stands on a page under a heading of the second level; nothing if it is not there."""
    return page.partition(heading)[2].partition("\n## ")[0].strip()


def merged(fresh: Iterable[str], before: str, columns: Sequence[str], last: str) -> tuple[list[str], bool]:
    """Rows of a table, in order, and whether some of them are those that stood there before.

    Args:
        fresh: The rows that were measured anew. The first two cells are the name of a row.
        before: The text in which the table stood, perhaps with fewer columns; a row that is not among the fresh ones is
            kept, and has nothing in the columns that it did not have.
        columns: The heads of the columns.
        last: The first cell of the rows that come last, in their own order.
    """
    found = {tuple(cells(line)[:2]): line for line in fresh}
    count = len(found)
    names: list[str] = []
    for line in before.splitlines():
        if not line.startswith("| "):
            continue
        if not names:
            names = cells(line)
            continue
        values = dict(zip(names, cells(line), strict=True))
        own = line if names == [*columns] else f"| {' | '.join(values.get(column, '') for column in columns)} |"
        found.setdefault(tuple(cells(line)[:2]), own)
    order = sorted(found, key=lambda name: (name[0] == last, name if name[0] != last else ()))
    return [found[name] for name in order], len(found) > count
