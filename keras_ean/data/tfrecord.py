"""Random access to the examples of TFRecord files, so that they shuffle and resume like files of their own."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = struct.Struct("<QI")
FOOTER = 4


@dataclass(frozen=True, slots=True)
class Record:
    """One feature of one `tf.train.Example` in a TFRecord file.

    Args:
        path: The TFRecord file.
        offset: The number of bytes before the example.
        length: The number of bytes of the example.
        feature: The name of the feature.
    """

    path: Path
    offset: int
    length: int
    feature: str

    def read_bytes(self) -> bytes:
        """The feature's content."""
        return self.example().features.feature[self.feature].bytes_list.value[0]

    def example(self):
        """The whole `tf.train.Example`."""
        import tensorflow as tf

        with open(self.path, "rb") as file:
            return tf.train.Example.FromString(os.pread(file.fileno(), self.length, self.offset))


def records(path: Path, feature: str) -> Iterator[Record]:
    """The records of an uncompressed TFRecord file: length (8 bytes), checksum (4), example, checksum (4).

    Raises:
        ValueError: The file ends inside a record.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        offset = 0
        while offset < size:
            header = os.pread(file.fileno(), HEADER.size, offset)
            length = HEADER.unpack(header)[0] if len(header) == HEADER.size else size
            end = offset + HEADER.size + length + FOOTER
            if end > size:
                raise ValueError(f"{path} is truncated or no TFRecord file; prepare the data set again.")
            yield Record(path, offset + HEADER.size, length, feature)
            offset = end
