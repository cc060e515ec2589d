"""The contract of an export format."""

import importlib.util
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

import keras
import numpy as np

from keras_ean.exporting.preprocess import Preprocess
from keras_ean.registry import Registry, check_unused

REGISTRY: "Registry[Format]" = Registry("export format")
Predict = Callable[[np.ndarray], np.ndarray | dict[str, np.ndarray] | list[np.ndarray]]


@dataclass(frozen=True)
class Format:
    """Knows how a network is written, and how a process that knows nothing of keras_ean reads it back and runs it.

    A format implements `write` and `read`; subclasses are frozen dataclasses of options. The two options below are
    every format's, so that what is exported can be served: they stand in the receipt, and a format may build them in.

    Args:
        class_names: The names of the classes, one for each output of the network; empty if they are not known.
        preprocess: The way from the uint8 values of a photo to what the network takes; None if that is not known.

    Attributes:
        suffix: The suffix of the file that is written; "" if it is a folder.
        modules: The modules that must be importable, beyond the dependencies of the package.
        extra: The extra of the package that installs `modules`.
        packages: The packages whose versions the receipt records.
        standalone: Whether the artefact runs where keras_ean is not installed.
        backend: The Keras backend that `write` needs; None if any will do.
        tolerance: The largest difference of an output that passes for equal, in units of max(1, largest output).
        agreement: The smallest share of images, 0 … 1, on which network and artefact must name the same class.
    """

    suffix: ClassVar[str] = ""
    modules: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""
    packages: ClassVar[tuple[str, ...]] = ()
    standalone: ClassVar[bool] = True
    backend: ClassVar[str | None] = "tensorflow"

    class_names: tuple[str, ...] = field(default=(), kw_only=True)
    preprocess: Preprocess | None = field(default=None, kw_only=True)

    def __post_init__(self):
        object.__setattr__(self, "class_names", tuple(map(str, self.class_names)))
        if isinstance(self.preprocess, dict):
            object.__setattr__(self, "preprocess", Preprocess(**self.preprocess))

    @property
    def tolerance(self) -> float:
        """This is the largest difference of an output that passes for equal, in units of max(1, largest output)."""
        return 1e-5

    @property
    def agreement(self) -> float:
        """This is the smallest share of images, 0 … 1, on which network and artefact must name the same class."""
        return 0.0

    def write(self, model: keras.Model, path: Path, signature: "Signature") -> None:
        """Writes the float32 `model` to `path`, which does not exist yet.

        Args:
            model: The network, in float32.
            path: The file or folder to write.
            signature: What the artefact is to accept: the shape of the images and the batch size; besides, real images
                to calibrate on, and the names of several outputs.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement write(model, path, signature).")

    @staticmethod
    def read(path: str) -> Predict:
        """Gives a function of images, (batch, height, width, channels) float32, to the network's output, (batch,
        classes); of several outputs, these by name, or in a list in the network's order.

        The source of this method is sent to a fresh process, so it imports what it needs and refers to nothing outside
        itself.

        Args:
            path: The file or folder that `write` has written.
        """
        raise NotImplementedError("A format must implement read(path).")

    def note(self, path: Path) -> str:
        """Says what whoever reads the artefact at a `path` must know; empty if there is nothing."""
        return ""

    @classmethod
    def source(cls) -> str:
        """Gives the source code of `read`, which the fresh process runs."""
        return textwrap.dedent(inspect.getsource(cls.read))

    @classmethod
    def require(cls) -> None:
        """Raises ImportError, with the command that installs it, if a package that the format needs is missing."""
        if cls.backend is not None and importlib.util.find_spec(cls.backend) is None:
            raise ImportError(
                f"The export to {cls.__name__} is written by {cls.backend}, which is not installed: install it with "
                f"pip install {cls.backend}, or export to 'keras'."
            )
        missing = [module for module in cls.modules if importlib.util.find_spec(module) is None]
        if missing:
            raise ImportError(
                f"The export to {cls.__name__} needs {', '.join(missing)}. "
                f"Install with: pip install 'keras-ean[{cls.extra}]'"
            )

    def get_config(self) -> dict:
        """Gives the options by name, of which `from_config` makes an equal format."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict) -> "Format":
        """Makes a format of the options that `get_config` gave.

        Args:
            config: The options by name.
        """
        return cls(**config)


@dataclass(frozen=True)
class Signature:
    """Tells what an artefact is to accept.

    Args:
        batch_size: The number of images per call; None means any number.
        image_shape: The (height, width, channels) of an image; None where the size is left open.
        images: Real inputs to calibrate on, (n, height, width, channels), or None if none were given.
        outputs: The names of several outputs, in the network's order; empty if there is one.
    """

    batch_size: int | None
    image_shape: tuple[int | None, ...]
    images: np.ndarray | None = None
    outputs: tuple[str, ...] = ()

    def forward(self, model: keras.Model) -> Callable:
        """A function of images → what the model gives at inference: its output, or several by name."""

        def call(image):
            outputs = model(image, training=False)
            return dict(zip(self.outputs, keras.tree.flatten(outputs), strict=True)) if self.outputs else outputs

        return call


def register(name: str):
    """Makes the decorated format known to `keras_ean.export` by a name, and lets Keras save and load it.

    Args:
        name: The name of the format, such as "onnx".

    Raises:
        ValueError: The name is taken by another class.
    """

    def decorate(cls):
        return REGISTRY.register(name)(keras.saving.register_keras_serializable("keras_ean")(cls))

    return decorate


def get(format: "str | Format", **options) -> Format:
    """Makes a configured export format from a name and options; a format that is configured already is taken as it is.

    Args:
        format: The name of a format, such as "saved_model", or a configured format.
        options: The options of the format, such as `quantization="int8"`; they go with a name.

    Raises:
        ValueError: A name or option is not known, for which the message lists the known ones, a value does not fit,
            or options are given for a format that is configured already.

    Example:
        >>> get("saved_model").suffix
        ''
    """
    if isinstance(format, Format):
        check_unused("format", format, options)
        return format
    return REGISTRY.get(format, **options)
