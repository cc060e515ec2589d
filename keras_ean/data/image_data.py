"""A data set for image classification: three splits and what a network must know of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from keras_ean.data.split import Split
from keras_ean.data.statistics import channel_statistics


@dataclass(frozen=True, eq=False)
class ImageData:
    """Holds the training, validation and test images of a data set, and what a network must know of them.

    Args:
        name: The name or path that the data set was loaded by.
        train: The images to train on, without those of `validation`.
        validation: The images that schemes are scored on during the search.
        test: The images that only the final evaluation sees.
        class_names: The names of the classes; the label n belongs to the n-th name, counted from 0.
        shape: The (height, width, channels) of an image as a network takes it.
        mean: The means of the training images by channel, where uint8 pixels count from 0 to 1.
        std: The standard deviations of the training images by channel, in the same unit.
        report: Sentences on what was skipped or changed while loading.
        drawn: The names of the splits that the source lacks, so that their images were drawn from its training images.
        subject: What is shown by several images, as a word in the plural for messages (see `Split.subjects`); empty
            where each image shows something else.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    report: tuple[str, ...] = field(default=(), repr=False)
    drawn: tuple[str, ...] = ()
    subject: str = ""

    @property
    def classes(self) -> int:
        """This is the number of classes."""
        return len(self.class_names)

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {len(getattr(self, name))}" for name in ("train", "validation", "test"))
        return f"{self.name}: {sizes}; {self.classes} classes, {'×'.join(map(str, self.shape))}"


def assemble(
    name: str,
    splits: Sequence[Split],
    class_names: tuple[str, ...],
    shape: tuple[int, int, int],
    normalize: bool,
    report: tuple[str, ...] = (),
    drawn: tuple[str, ...] = (),
    subject: str = "",
) -> ImageData:
    """The data set of three splits, train first, each told the training images' channel statistics."""
    mean, std = channel_statistics(splits[0])
    train, validation, test = (replace(split, mean=mean, std=std, normalize=normalize) for split in splits)
    return ImageData(name, train, validation, test, class_names, shape, mean, std, report, drawn, subject)
