"""A complete table: every scheme of a small space, trained from scratch with several seeds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.files import replacing
from keras_ean.scheme import Scheme


@dataclass(frozen=True)
class Table:
    """The truth about a space, as far as its seeds tell it.

    Attributes:
        schemes: all 2^m, in the order of `Scheme.every`.
        accuracy: on test images at the end of the training, 0 … 1, (schemes, seeds).
        curves: on validation images after every epoch, (schemes, seeds, epochs).
        parameters: trainable ones of the scheme's network, (schemes,).
        flops: of one image, (schemes,).
        latency_ms: of a batch of 64 images on the machine of `facts`, (schemes,).
        facts: backbone, module, data, recipe, machine, versions and commit.
    """

    schemes: list[Scheme]
    accuracy: np.ndarray
    curves: np.ndarray
    parameters: np.ndarray
    flops: np.ndarray
    latency_ms: np.ndarray
    facts: dict[str, Any]

    @property
    def stages(self) -> tuple[int, ...]:
        return self.schemes[0].stages

    @property
    def bits(self) -> np.ndarray:
        """(schemes, blocks) of 0 and 1."""
        return np.array([scheme.bits for scheme in self.schemes])

    def row(self, scheme: Scheme | str | Sequence[int]) -> int:
        """Gives the number of a scheme's row."""
        return int("".join(map(str, Scheme(scheme, self.stages).bits)), 2)

    def save(self, path: str | Path) -> None:
        """Writes one compressed file, whole or not at all."""
        arrays = {
            "stages": np.array(self.stages, "uint8"),
            "accuracy": self.accuracy.astype("float32"),
            "curves": self.curves.astype("float32"),
            "parameters": self.parameters.astype("float64"),
            "flops": self.flops.astype("float64"),
            "latency_ms": self.latency_ms.astype("float32"),
            "facts": np.array(json.dumps(self.facts)),
        }
        with replacing(path) as staged:
            np.savez_compressed(staged, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, path: str | Path) -> "Table":
        """Reads the table that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            values = dict(arrays)
        stages = tuple(int(length) for length in values.pop("stages"))
        facts = json.loads(str(values.pop("facts")))
        return cls(schemes=list(Scheme.every(stages)), facts=facts, **values)
