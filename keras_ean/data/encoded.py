"""From encoded images by split to a data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from keras_ean.data.batches.augment import CentreCrop
from keras_ean.data.decode import Content
from keras_ean.data.files import Readout, read_all
from keras_ean.data.image_data import ImageData
from keras_ean.data.options import Options
from keras_ean.data.partition import Part, caution, partition
from keras_ean.data.split import Split


@dataclass(frozen=True, eq=False)
class EncodedSplit:
    """The images of one split before they are decoded.

    Args:
        images: What the contents of the image files are read from, such as paths.
        labels: The classes of the images, int32 (n,).
        called: Gives the words by which messages call the image of a row.
    """

    images: Sequence[Content]
    labels: np.ndarray
    called: Callable[[int], object]


def from_encoded(
    name: str,
    sources: dict[str, EncodedSplit],
    class_names: Sequence[str],
    options: Options,
    report: Sequence[str] = (),
) -> ImageData:
    """The data set; every image is looked at once. Those that cannot be are left out, warned of and reported.

    Raises:
        ValueError: Images differ in size and there is no `size`; `strict` is on and an image cannot be decoded; or
            `partition` refuses the splits.
    """
    report = list(report)
    readouts: dict[str, Readout] = {}
    memory = options.memory
    for split, source in sources.items():
        readouts[split] = read_all(source.images, options, memory, f"Reading {len(source.images)} {split} images")
        memory -= readouts[split].nbytes
    _check_bad(name, sources, readouts, options.strict, report)
    examples = {
        shape: (split, row) for split, readout in readouts.items() for shape, row in zip(readout.shapes, readout.rows)
    }
    if not examples:
        raise ValueError(f"{name} has no images that can be decoded.")
    channels = options.channels or max(shape[2] for shape in examples)
    calls = {shape[:2]: sources[split].called(row) for shape, (split, row) in examples.items()}
    height, width, prepare = fitted(name, calls, options)
    parts = {}
    for split, readout in readouts.items():
        source = sources[split]
        images = readout.images(source.images, channels, uniform=len(calls) == 1)
        parts[split] = Part(
            Split(images, source.labels[readout.rows], prepare=prepare),
            np.array(readout.prints, np.int64),
            _renumbered(source.called, readout.rows),
        )
    return partition(name, parts, class_names, (height, width, channels), options, report)


def fitted(name: str, sizes: dict[tuple[int, int], object], options: Options) -> tuple[int, int, CentreCrop | None]:
    """Height and width that the network takes, and what brings images to them; `sizes` with an example of each."""
    if options.height_width is None:
        if len(sizes) > 1:
            (one, first), (other, second) = sorted(sizes.items(), key=lambda item: item[0])[:: len(sizes) - 1]
            raise ValueError(
                f"{name}: images differ in size, from {one[0]}×{one[1]} ({first}) to {other[0]}×{other[1]} "
                f"({second}); load with size=(height, width)."
            )
        return *next(iter(sizes)), None
    height, width = options.height_width
    if options.resize is None and set(sizes) == {(height, width)}:
        return height, width, None
    return height, width, CentreCrop((height, width), options.resize)


def _renumbered(called: Callable[[int], object], rows: list[int]) -> Callable[[int], object]:
    return lambda row: called(rows[row])


def _check_bad(
    name: str, sources: dict[str, EncodedSplit], readouts: dict[str, Readout], strict: bool, report: list[str]
) -> None:
    bad = [
        f"{sources[split].called(row)}: {reason}" for split, readout in readouts.items() for row, reason in readout.bad
    ]
    if not bad:
        return
    message = f"{name}: {len(bad)} image(s) cannot be decoded: " + "; ".join(bad[:5]) + ("; …" if bad[5:] else "")
    if strict:
        raise ValueError(f"{message}. Remove or repair them, or load with strict=False.")
    caution(message, report)
    report += bad
