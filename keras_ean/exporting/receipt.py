"""What an export proves about itself."""

import gzip
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from keras_ean.files import read_json


class ParityError(RuntimeError):
    """Says that an artefact does not predict what the network predicts."""


@dataclass(frozen=True)
class Receipt:
    """Tells what came of reading an artefact back in a fresh process and comparing it with the network.

    Attributes:
        path: Where the artefact is; not stored.
        format: Name of the format, and `options` of it.
        scheme: One bit per block, None if it is not known; `connected` lists the connected blocks per module.
        parameters: Number of weights.
        size_bytes: The size of the artefact in bytes; `gzip_bytes` after compressing each of its files.
        max_difference: Largest absolute difference of a logit; `tolerance` is what was allowed. Of several outputs,
            that of the one which comes closest to what is allowed.
        top1_agreement: Share of images on which both name the same class; of several outputs, the smallest.
        input_shape: (batch, height, width, channels); None where the size is left open.
        latency_ms: Median of one call with one image, or one batch where `batch_size` is fixed, on the CPU.
        images: How many images were compared, and whether they were "given" or are "noise".
        outputs: The names of several outputs, in the network's order; empty for one.
        note: What the artefact needs to run beyond the default; empty if nothing.
        rebuilt_from: The dtype policy that was replaced by float32; `rebuilt_difference` is what that changed.
        versions: The backend, and the versions of the packages involved.
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

    def to_json(self) -> str:
        """Gives the receipt without its path."""
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
    files = [artefact] if artefact.is_file() else [file for file in artefact.rglob("*") if file.is_file()]
    contents = [file.read_bytes() for file in files]
    return sum(map(len, contents)), sum(len(gzip.compress(content, mtime=0)) for content in contents)
