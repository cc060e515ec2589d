"""Whether the exports of a run are of the networks that it has measured, as their receipts tell; without Keras."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_ean import files

LIST = "networks.json"
"""Among the exports: by format, the network that was exported, as "found-0"."""


def faults(folder: Path) -> Iterator[tuple[Path, str]]:
    """The receipts of a run that tell of other networks than its figures do, each with what is wrong, as the end of a
    sentence. Exports of which the run keeps no list, as of earlier versions, are not looked at."""
    exports = folder / "exports"
    listed = _json(exports / LIST)
    for receipt in _receipts(folder):
        told = _json(receipt)
        if (network := listed.get(told.get("format", ""))) and (fault := _fault(told, folder, network)):
            yield receipt, fault


def exported(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """The files of every export of a run, also of those that were made after it, and what is wrong with each, as the
    end of a sentence; None if it is as it was exported. Receipts of earlier versions do not tell."""
    for receipt in _receipts(folder):
        name = receipt.name
        artefact = receipt.parent if name == "receipt.json" else receipt.with_name(name.removesuffix(".receipt.json"))
        told = _json(receipt).get("sha256")
        for inside, digest in sorted(told.items()) if isinstance(told, dict) else ():
            file = artefact / inside if inside else artefact
            if not file.is_file():
                yield file, files.NO_FILE if file.exists() else "is missing"
            else:
                yield file, None if files.digest(file) == digest else "is not as its receipt tells"


def _receipts(folder: Path) -> list[Path]:
    exports = folder / "exports"
    return sorted((*exports.glob("*/receipt.json"), *exports.glob("*.receipt.json")))


def _fault(told: dict[str, Any], folder: Path, network: str) -> str | None:
    measured = _json(folder / "networks" / network / "metrics.json")
    if not measured:
        return None
    parameters = told.get("parameters"), told.get("trainable", measured["parameters"])
    if measured["parameters"] not in parameters:
        return f"is of a network with {parameters[1]:,} parameters, but {network} has {measured['parameters']:,}"
    if told.get("scheme") != measured["scheme"]:
        return f"is of the scheme {told.get('scheme')}, but {network} has {measured['scheme']}"
    return None


def _json(file: Path) -> dict[str, Any]:
    """What a file holds; nothing, where it is missing or damaged, which the manifest tells."""
    try:
        found = files.read_json(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
