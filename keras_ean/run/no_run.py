"""A folder that holds no run, told in words that lead to one."""

from pathlib import Path

KEPT = ("config.yaml", "manifest.json")
"""Of these a run has one at least, even where the other is lost."""


def holds_run(folder: Path) -> bool:
    """Whether there is a run in a folder."""
    return any((folder / name).is_file() for name in KEPT)


def no_run(folder: Path) -> str:
    """The message where a run is asked for and there is none; it names runs in folders of the folder, as those of
    several attention modules are."""
    inside = sorted(path for path in folder.iterdir() if holds_run(path)) if folder.is_dir() else []
    if inside:
        return f"{folder} is no run itself, but has these in it: {', '.join(map(str, inside))}. Name one of them."
    return (
        f"{folder} holds no run. Start one there by: keras-ean run CONFIG --out {folder}, where CONFIG is a YAML file, "
        "a folder of images, or digits, the bundled example."
    )
