"""A folder that holds no run, or is no place for one, told in words that lead to one."""

from collections.abc import Collection
from pathlib import Path

KEPT = ("config.yaml", "manifest.json")
"""Of these a run has one at least, even where the other is lost."""


def holds_run(folder: Path) -> bool:
    """Whether there is a run in a folder."""
    return any((folder / name).is_file() for name in KEPT)


def no_run(folder: Path) -> str:
    """The message where a run is asked for and there is none; it names runs in folders of the folder, as those of
    several attention modules are."""
    if inside := _inside(folder):
        return f"{folder} is no run itself, but has these in it: {inside}. Name one of them."
    return (
        f"{folder} holds no run. Start one there by: keras-ean run CONFIG --out {folder}, where CONFIG is a YAML file, "
        "a folder of images, or digits, the bundled example."
    )


def check_place(folder: Path, modules: Collection[str] = ()) -> None:
    """Refuses a folder in which a run would be beside others, so that it would be unclear whose answer is asked for.

    Args:
        folder: The folder in which a run is to be begun; one that holds a run goes on with it.
        modules: The names of the attention modules whose runs are to be in folders of the folder; none if the run is to
            be in the folder itself.

    Raises:
        ValueError: There are runs in folders of the folder, or, if runs are to be in these, one in the folder itself.
    """
    if modules and holds_run(folder):
        raise ValueError(
            f"{folder} holds one run, and those of {' and '.join(modules)} are not begun in it: choose another folder "
            "with --out (in Python: folder), or name one attention module to go on with that run."
        )
    if not modules and not holds_run(folder) and (inside := _inside(folder)):
        raise ValueError(
            f"{folder} is no run itself, but has runs in it: {inside}. Go on with one of these by its name, or choose "
            "another folder, with --out (in Python: folder)."
        )


def _inside(folder: Path) -> str:
    """The runs in folders of the folder, as those of several attention modules are; empty if there are none."""
    inside = sorted(path for path in folder.iterdir() if _surely_holds_run(path)) if folder.is_dir() else []
    return ", ".join(map(str, inside))


def _surely_holds_run(folder: Path) -> bool:
    """Whether it is a run and no folder of another program that has a file of such a name, too."""
    return (folder / "versions.json").is_file() and holds_run(folder)
