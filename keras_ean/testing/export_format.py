"""The contract of an export format."""

import builtins
import dis
import inspect
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from types import CodeType

import keras
import numpy as np

from keras_ean.bench.spaces import StagedResNet
from keras_ean.exporting import Receipt, export, formats, writing
from keras_ean.exporting.base import REGISTRY, Format, Signature
from keras_ean.exporting.exporter import with_suffix
from keras_ean.exporting.receipt import receipt_path
from keras_ean.supernet.network import build_network
from keras_ean.testing.rules import expect, rule


def check_format(format: str | Format, network: keras.Model | None = None, **options) -> Receipt:
    """Tests whether an export format of your own keeps all rules that `keras_ean.export` relies on.

    What it writes is read once in a process of its own.

    Args:
        format: The name of a registered format, or a configured one.
        network: The network to export; None takes a small residual network with attention.
        **options: The options of the format, where it is given by name.

    Returns:
        The receipt of the export.

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.

    Example:
        >>> check_format("keras").format
        'keras'
    """
    format = formats.get(format, **options)
    if network is None:
        network = build_network(StagedResNet((2,), width=4), "se", "10", (8, 8, 1), classes=3)
    name = _check_class(format)
    images = np.random.default_rng(0).normal(size=(5, *network.input_shape[1:])).astype("float32")
    with tempfile.TemporaryDirectory() as folder:
        path = with_suffix(Path(folder) / "mine", format.suffix)
        with rule("A fixed batch is taken, or refused with a ValueError."), suppress(ValueError):
            fixed = path.with_name("fixed") / path.name
            fixed.parent.mkdir()
            writing.write(format, network, fixed, Signature(2, network.input_shape[1:], images))
        _earlier(format, path, name)
        with rule("What write writes, one file or folder, is read by read in another process, and predicts the same."):
            receipt = export(network, path, format, images=images, verbose=False)
            expect(not _is_earlier(path), "What was there before is still there.")
    return receipt


def _check_class(format: Format) -> str:
    with rule("A format is registered under a name."):
        names = [name for name, cls in REGISTRY.classes.items() if cls is type(format)]
        expect(len(names) == 1, f"{type(format).__name__} has the names {names}.")
    with rule(
        "A format is serialisable, and equal to what is made of its configuration, since other processes write it."
    ):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(format))
        expect(again == format, f"It was {format}, and is then {again}.")
    with rule("The tolerance is a positive number; the agreement is a share of the images."):
        expect(0 < format.tolerance < np.inf, f"The tolerance is {format.tolerance!r}.")
        expect(0 <= format.agreement <= 1, f"The agreement is {format.agreement!r}.")
    with rule("read stands by itself: it imports what it needs, and names nothing outside of it."):
        scope: dict = {}
        exec(format.source(), scope)
        outside = unknown_globals(inspect.unwrap(scope["read"]).__code__)
        expect(not outside, f"It names {', '.join(sorted(outside))}.")
    return names[0]


def _earlier(format: Format, path: Path, name: str) -> None:
    """An artefact of the same format, of which nothing may be left."""
    if format.suffix:
        path.write_text("old")
    else:
        path.mkdir()
        (path / "old").touch()
        receipt_path(path).write_text(json.dumps({"format": name}))


def _is_earlier(path: Path) -> bool:
    return (path / "old").exists() if path.is_dir() else path.read_bytes() == b"old"


def unknown_globals(code: CodeType) -> set[str]:
    """Names that a function, and those defined in it, take from the module, but for Python's own."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    loads = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return set().union(loads - vars(builtins).keys(), *map(unknown_globals, inner))
