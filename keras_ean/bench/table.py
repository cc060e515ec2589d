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
    """Holds what every scheme of a space reached when it was trained from scratch with several seeds: the truth that
    searches are judged by.

    Attributes:
        schemes: All 2^m schemes, in the order of `Scheme.every`.
        accuracy: The accuracy on the test images at the end of each training, 0 … 1, (schemes, seeds).
        curves: The accuracy on the validation images after every epoch, 0 … 1, (schemes, seeds, epochs).
        parameters: The number of trainable parameters of each scheme's network, (schemes,).
        flops: The floating-point operations of each network for one image, (schemes,).
        latency_ms: The milliseconds that each network takes for a batch of 64 images, on the machine that `facts`
            names, (schemes,).
        facts: What the table was made with: backbone, module, data, recipe, backend, and what was noted of machine,
            versions and commit.
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
        """Gives the number of the row, counted from 0, in which the arrays hold a `scheme`."""
        return int("".join(map(str, Scheme(scheme, self.stages).bits)), 2)

    def save(self, path: str | Path) -> None:
        """Writes the table to one compressed file, which appears only when it is complete.

        Args:
            path: The .npz file to write.
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
        """Reads a table that `save` has written.

        Args:
            path: The .npz file to read.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is no such table, or is damaged, or holds values that are not finite.
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
