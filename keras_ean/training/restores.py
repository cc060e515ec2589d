"""How often a training went back to its last good state."""

from pathlib import Path

from keras_ean import files

MOST = 3
"""Times that a training goes back, each with half the rate of the time before."""


class Restores:
    """The count of a training, kept beside its checkpoint, so that a stopped training goes on at the rate it had.

    Args:
        folder: The folder of the training's checkpoint, with which it is discarded.
        keep: Whether this process writes; of several processes one does.

    Example:
        >>> import tempfile
        >>> restores = Restores(Path(tempfile.mkdtemp()))
        >>> restores.note("the loss is nan")
        >>> restores.count, restores.used_up
        (1, False)
    """

    def __init__(self, folder: Path, keep: bool = True):
        self.file, self.keep = folder / "restores.json", keep
        self.reasons: list[str] = files.read_json(self.file) if self.file.is_file() else []

    @property
    def count(self) -> int:
        return len(self.reasons)

    @property
    def used_up(self) -> bool:
        return self.count >= MOST

    def note(self, reason: str) -> None:
        """The training goes back once more."""
        self.reasons.append(reason)
        if self.keep:
            files.write_json(self.file, self.reasons)
