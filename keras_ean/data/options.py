"""What every source of images can be asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Says how images become a data set: their size, what is held out, and how they are stored.

    Args:
        size: The (height, width) in pixels that the network takes, or one number for both; needed where images differ
            in size. Images are brought to it by `CentreCrop(size, resize)`, or by a `ResizedCrop` in training.
        resize: The length in pixels of the shorter side before the centre is cut out, such as 256 for ImageNet's 224;
            None takes as little as `size` needs.
        channels: The number of channels, 1 or 3; None takes 1 if all images are grey, else 3.
        normalize: Whether `Split.arrays` and `Split.batches` subtract the training images' means by channel and divide
            by their standard deviations.
        train: The number of training images of each class, out of those that are not held out; None takes all.
        validation: What is held out of the training images for the search: a share of each class between 0 and 1, or a
            whole number of images of each class. It is not used if the source has training, validation and test images.
        test: What is held out for the test, in the same way. It is not used if the source has validation or test
            images.
        seed: The seed of the draw of what is held out.
        verify: Whether every image is decoded at loading. If not, a broken image with an intact header is met only in
            training, and no image is kept decoded.
        strict: Whether a file that cannot be decoded is an error; otherwise it is left out and reported.
        memory: The number of bytes up to which images are kept decoded in memory; beyond it, they are decoded when
            needed.

    Raises:
        ValueError: A value is out of its range.

    Example:
        >>> Options(size=32).height_width
        (32, 32)
    """

    size: int | tuple[int, int] | None = None
    resize: int | None = None
    channels: int | None = None
    normalize: bool = True
    train: int | None = None
    validation: float | int = 0.1
    test: float | int = 0.2
    seed: int = 0
    verify: bool = True
    strict: bool = False
    memory: int = 1 << 30

    def __post_init__(self):
        if not isinstance(self.size, int | None) and len(self.size) != 2:
            raise ValueError(f"size is (height, width) in pixels, or one number for both, not {self.size!r}.")
        if self.size is not None and min(self.height_width or (0,)) < 1:
            raise ValueError(f"size is (height, width) in pixels, at least 1, not {self.size!r}.")
        if self.resize is not None and self.size is None:
            raise ValueError("resize is the shorter side before size is cut out of its centre: give size, too.")
        if self.channels not in (None, 1, 3):
            raise ValueError(f"channels is 1 or 3, not {self.channels!r}.")
        if self.train is not None and self.train < 1:
            raise ValueError(f"train is a number of images per class, at least 1, not {self.train}.")
        for name in ("validation", "test"):
            value = getattr(self, name)
            if not (value >= 1 if isinstance(value, int) else 0 < value < 1):
                raise ValueError(
                    f"{name} is a share of each class between 0 and 1, or an integer number of images per class, "
                    f"not {value!r}."
                )

    @property
    def height_width(self) -> tuple[int, int] | None:
        """This is `size` as (height, width); None if it is not given."""
        if self.size is None or isinstance(self.size, int):
            return None if self.size is None else (self.size, self.size)
        height, width = self.size
        return height, width


DEFAULT = Options()
