"""What an export proves about itself."""

import gzip
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from keras_ean.files import digest, read_json


class ParityError(RuntimeError):
    """Says that an exported artefact does not predict what its network predicts."""


@dataclass(frozen=True)
class Receipt:
    """Tells what came of reading an exported artefact back in a fresh process and comparing it with the network.

    Attributes:
        path: The file or folder of the artefact; it is not stored in the JSON file.
        format: The name of the format.
        options: The options of the format.
        scheme: The scheme of the network, one bit per block; None if it is not known.
        connected: The indices of the connected blocks, by the name of their attention module.
        parameters: The number of all weights of the network, BatchNorm's statistics included.
        input_shape: The (height, width, channels) of an image; None where the size is left open.
        batch_size: The number of images that a call takes; None if it takes any.
        size_bytes: The size of the artefact in bytes.
        gzip_bytes: The size in bytes after compressing each of its files by gzip.
        max_difference: The largest absolute difference of an output; of several outputs, that of the one which comes
            closest to what is allowed.
        tolerance: The largest absolute difference that was allowed.
        top1_agreement: The share of images, 0 … 1, on which both name the same class; of several outputs, the smallest.
        latency_ms: The median milliseconds of one call on the CPU, with one image, or with one batch where `batch_size`
            is fixed.
        images: The number of images that were compared, and whether they were given or noise, in words.
        note: What the artefact needs to run beyond the default, in words; empty if nothing.
        rebuilt_from: The dtype policy that was replaced by float32 before the export; None if none was.
        rebuilt_difference: The largest difference of an output that this replacement made; None if there was none.
        versions: The backend, and the versions of the packages involved, by name.
        outputs: The names of several outputs, in the network's order; empty for one.
        trainable: The number of trainable parameters of the network.
        sha256: The SHA-256 of each file of the artefact, by its path in the folder, or by "" for a single file; an
            earlier version kept none.
    """

    path: Path
    format: str
    options: dict
    scheme: str | None
    connected: dict[str, list[int]]
    parameters: int
    input_shape: tuple[int | None, ...]
    batch_size: int | None
    size_bytes: int
    gzip_bytes: int
    max_difference: float
    tolerance: float
    top1_agreement: float
    latency_ms: float
    images: str
    note: str = ""
    rebuilt_from: str | None = None
    rebuilt_difference: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    trainable: int = 0
    sha256: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Gives the receipt, but for its path, as the text of a JSON file."""
        return json.dumps({key: value for key, value in asdict(self).items() if key != "path"}, indent=2) + "\n"

    def __str__(self) -> str:
        scheme = f"scheme {self.scheme} · " if self.scheme else ""
        return (
            f"{self.path} · {self.format} · {scheme}{self.size_bytes / 1000:.1f} kB "
            f"({self.gzip_bytes / 1000:.1f} kB gzipped) · max difference {self.max_difference:.1e} "
            f"(allowed {self.tolerance:.1e}) · top-1 agreement {100 * self.top1_agreement:.1f} % on {self.images} "
            f"· {self.latency_ms:.2f} ms" + (f" · {self.note}" if self.note else "")
        )


def receipt_path(artefact: Path) -> Path:
    """Inside a folder, beside a file."""
    return artefact / "receipt.json" if artefact.is_dir() else artefact.with_name(f"{artefact.name}.receipt.json")


def is_export(folder: Path, format: str) -> bool:
    """Whether the folder is an earlier export to a format, by the receipt in it."""
    try:
        return read_json(receipt_path(folder))["format"] == format
    except (OSError, ValueError, LookupError, TypeError):
        return False


def sizes(artefact: Path) -> tuple[int, int]:
    """Bytes of all files, as they are and gzipped."""
    contents = [file.read_bytes() for file in _files(artefact)]
    return sum(map(len, contents)), sum(len(gzip.compress(content, mtime=0)) for content in contents)


def digests(artefact: Path) -> dict[str, str]:
    """The SHA-256 of each file of an artefact, by its path in the folder; by "" for a file."""
    if artefact.is_file():
        return {"": digest(artefact)}
    return {file.relative_to(artefact).as_posix(): digest(file) for file in _files(artefact)}


def _files(artefact: Path) -> list[Path]:
    return [artefact] if artefact.is_file() else sorted(file for file in artefact.rglob("*") if file.is_file())
