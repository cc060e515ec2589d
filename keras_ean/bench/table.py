"""A complete table: every scheme of a small space, trained from scratch with several seeds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_ean.files import replacing
from keras_ean.npz import read_npz
from keras_ean.scheme import Scheme, check_stages

PER_SCHEME = ("parameters", "flops", "latency_ms")
"""One number a scheme."""


@dataclass(frozen=True)
class Table:
    """Holds the truth about a space, as far as its seeds tell it: what every scheme reaches when it is trained from
    scratch.

    Attributes:
        schemes: All 2^m, in the order of `Scheme.every`.
        accuracy: Accuracy on test images at the end of the training, 0 … 1, (schemes, seeds).
        curves: Curves on validation images after every epoch, (schemes, seeds, epochs).
        parameters: Trainable ones of the scheme's network, (schemes,).
        flops: The flops of one image, (schemes,).
        latency_ms: Milliseconds of a batch of 64 images on the machine of `facts`, (schemes,).
        facts: Backbone, module, data, recipe, machine, versions and commit.
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
        """These are the numbers of blocks per stage."""
        return self.schemes[0].stages

    @property
    def bits(self) -> np.ndarray:
        """These are the bits of all schemes, (schemes, blocks) of 0 and 1."""
        return np.array([scheme.bits for scheme in self.schemes])

    def row(self, scheme: Scheme | str | Sequence[int]) -> int:
        """Gives the number of a scheme's row."""
        return int("".join(map(str, Scheme(scheme, self.stages).bits)), 2)

    def save(self, path: str | Path) -> None:
        """Writes one compressed file, whole or not at all.

        Args:
            path: The file to write.
        """
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
        """Reads the table that `save` wrote.

        Args:
            path: The file to read.

        Raises:
            FileNotFoundError: No such file.
            ValueError: A file that is no such table, or a damaged one; a value that is not finite.
        """
        values = read_npz(path)
        try:
            stages = check_stages([int(length) for length in values.pop("stages")])
            facts = json.loads(str(values.pop("facts")))
            rows = {name: int(values[name].shape[0]) for name in (*PER_SCHEME, "accuracy", "curves")}
            shapes = [values[name].ndim for name in (*PER_SCHEME, "accuracy", "curves")]
            if set(rows.values()) != {1 << sum(stages)}:
                raise ValueError(f"stages {stages} have 2^{sum(stages)} schemes, but it has rows for {rows}")
            if shapes != [1, 1, 1, 2, 3] or not isinstance(facts, dict):
                raise ValueError("its arrays are of other shapes")
            if not all(np.isfinite(values[name]).all() for name in rows):
                raise ValueError("some of its values are not finite")
            return cls(schemes=list(Scheme.every(stages)), facts=facts, **values)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ValueError(f"{path} is no table of EAN-Bench: {error}.") from error
