"""What a finished run answers when it is asked again: known from its folder, without Keras."""

from collections.abc import Sequence
from pathlib import Path

from keras_ean import files
from keras_ean.run import receipts, searched
from keras_ean.run.config_file import source_values
from keras_ean.run.manifest import Manifest, seal


def request(source: Path | None, overrides: Sequence[str], seeds: int | None) -> str:
    """Stands for what a command asks of a run; of the run's own configuration, the empty text."""
    if source is None and not overrides and seeds is None:
        return ""
    return seal([source_values(source)[0], str(Path.cwd()), *overrides, seeds])


def answer(folder: Path, asked: str) -> str | None:
    """The verdict of a run that has been finished on the same request, in sentences; None if anything is left to do, be
    it that a file is not as it was written, or an export is of another network than was measured."""
    manifest = Manifest(folder, lambda line: None, writes=False)
    if manifest.own_fault is not None or not manifest.finished(asked):
        return None
    faults = [manifest.fault(folder / name) for name in manifest.entries]
    faults += [fault for _, fault in searched.stores(folder)]
    if any(fault is not None for fault in faults) or any(receipts.faults(folder)):
        return None
    return files.read_json(folder / "verdict.json")["sentence"]
