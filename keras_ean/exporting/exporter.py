"""Writes networks, reads them back in a fresh process, and keeps only what predicts the same."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from keras_ean import files
from keras_ean.exporting import formats, fresh_process, prepare, writing
from keras_ean.exporting.base import REGISTRY, Format, Signature
from keras_ean.exporting.receipt import ParityError, Receipt, digests, is_export, receipt_path, sizes
from keras_ean.measure import cost
from keras_ean.scheme import Scheme
from keras_ean.training.finite import not_finite
from keras_ean.versions import versions

NOISE_IMAGES = 16
"""Images that are drawn for the comparison when none are given."""


@dataclass(frozen=True)
class Export:
    """Describes one export for `export_all`.

    Args:
        network, path, format, images, batch_size, scheme, tolerance, agreement: See the arguments of the same names of
            `export`.
    """

    network: keras.Model
    path: str | Path
    format: str | Format = "saved_model"
    images: np.ndarray | None = None
    batch_size: int | None = None
    scheme: Scheme | str | None = None
    tolerance: float | None = None
    agreement: float | None = None


def export(
    network: keras.Model,
    path: str | Path,
    format: str | Format = "saved_model",
    *,
    images: np.ndarray | None = None,
    batch_size: int | None = None,
    scheme: Scheme | str | None = None,
    tolerance: float | None = None,
    agreement: float | None = None,
    verbose: bool = True,
    **options,
) -> Receipt:
    """Writes a network and proves, in a fresh process without keras_ean, that the artefact predicts the same.

    The artefact appears at `path` only when it is complete and proven, with its receipt (JSON) inside the folder or
    beside the file. An earlier export at `path` is replaced; a folder only if its receipt names the same format.

    Args:
        network: A Keras model with one input of images, in any precision and on any backend. Several outputs keep the
            names that the model gives them.
        path: The folder or file to write; a missing suffix is added.
        format: The name of a format, "saved_model", "litert", "onnx" or "keras", or a configured format.
        images: Images as the network takes them, (n, height, width, channels), on which network and artefact are
            compared, and on which int8 is calibrated; None compares them on noise.
        batch_size: The only number of images that a call of the artefact takes; None lets it take any.
        scheme: The scheme to note in the receipt; None reads it from the network where that is possible.
        tolerance: The largest difference of an output that passes, in units of max(1, largest output); None takes the
            format's.
        agreement: The smallest share of images, 0 … 1, on which network and artefact must name the same class; None
            takes the format's, or 0 on noise.
        verbose: Whether the receipt is printed.
        **options: The options of the format, such as `quantization="int8"`; every format takes `class_names` and
            `preprocess`.

    Raises:
        ParityError: The artefact predicts something else than the network; nothing is left at `path`.
        ValueError: A format or option is not known; the model cannot be exported, or its weights or predictions are not
            finite; or the images do not fit it.
        FileExistsError: `path` is a folder with other content.
        RuntimeError: The artefact cannot be written, or cannot be read and run in a fresh process.
        ImportError: A package that the format needs is missing; the message says how to install it.

    Example:
        >>> import tempfile, keras_ean as ean
        >>> network = ean.build_network("resnet20", "se", "100 010 001", (8, 8, 1), classes=10)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     receipt = export(network, f"{folder}/mine", format="keras", verbose=False)
        >>> receipt.scheme, receipt.top1_agreement
        ('100 010 001', 1.0)
    """
    job = Export(network, path, formats.get(format, **options), images, batch_size, scheme, tolerance, agreement)
    return export_all([job], verbose)[0]


def export_all(exports: Sequence[Export], verbose: bool = True) -> list[Receipt]:
    """Makes several exports, which one fresh process proves together; if one fails, nothing is left of any.

    Args:
        exports: The exports to make.
        verbose: Whether the receipts are printed.

    Raises:
        ParityError: An artefact predicts something else than its network.
    """
    references: dict[tuple[int, int], _Reference] = {}
    with ExitStack() as stack:
        pending = []
        for wanted in exports:
            key = (id(wanted.network), id(wanted.images))
            references[key] = references.get(key) or _Reference(wanted.network, wanted.images)
            pending.append(_Pending(wanted, references[key], stack))
        answers = fresh_process.run([job.question() for job in pending])
        receipts = [job.compare(answer) for job, answer in zip(pending, answers, strict=True)]
        failures = [f"{r.path}: {why}" for r, job in zip(receipts, pending) if (why := job.failure(r))]
        if failures:
            raise ParityError("The artefact does not predict what the network predicts. " + " ".join(failures))
        for job, receipt in zip(pending, receipts):
            job.keep(receipt)
            if verbose:
                print(receipt)
    return receipts


class _Reference:
    """A network in float32 and what it predicts."""

    def __init__(self, network: keras.Model, images: np.ndarray | None):
        self.shape = prepare.check(network)
        network = prepare.unwrapped(network)
        self.images = check_images(images, self.shape)
        self.policy = prepare.reduced_policy(network)
        self.network = prepare.in_float32(network) if self.policy else network
        if lost := not_finite(network.variables):
            raise ValueError(f"The weights {lost} of the network are not finite, so it is not exported; train it anew.")
        self.names = prepare.output_names(self.network)
        self.outputs = predict(self.network, self.images)
        if not all(np.isfinite(output).all() for output in self.outputs):
            raise ValueError(
                f"The network {network.name!r} predicts values that are not finite on the images to compare on, so it "
                "is not exported; look at its training, or give images= that are like those it was trained on."
            )
        whole = predict(network, self.images) if self.policy else ()
        self.rebuilt = max((largest(a - b) for a, b in zip(whole, self.outputs)), default=None)


class _Pending:
    """An artefact written but not yet in place."""

    def __init__(self, job: Export, reference: _Reference, stack: ExitStack):
        self.format = formats.get(job.format)
        self.format.require()
        prepare.check_class_names(self.format.class_names, reference.network)
        self.export, self.reference = job, reference
        self.path = with_suffix(Path(job.path), self.format.suffix)
        self.name = next(name for name, cls in REGISTRY.classes.items() if cls is type(self.format))
        self.replaces = partial(is_export, format=self.name)
        self.imports = () if self.format.standalone else prepare.code_modules(reference.network)
        self.staged = stack.enter_context(files.staging(self.path, self.replaces))
        images = None if job.images is None else reference.images
        signature = Signature(job.batch_size, reference.shape, images, reference.names)
        writing.write(self.format, reference.network, self.staged, signature)

    def question(self) -> fresh_process.Question:
        return fresh_process.Question(
            self.format.source(),
            self.staged,
            self.reference.images,
            self.export.batch_size,
            self.imports,
            self.reference.names,
        )

    def compare(self, answer: fresh_process.Answer) -> Receipt:
        network = self.export.network
        scheme = self.export.scheme or prepare.infer_scheme(network)
        difference, allowed, agreement = self.differences(answer)
        size, gzipped = sizes(self.staged)
        return Receipt(
            path=self.path,
            format=self.name,
            options=self.format.get_config(),
            scheme=None if scheme is None else str(scheme),
            connected=prepare.connected(network),
            parameters=network.count_params(),
            input_shape=self.reference.shape,
            batch_size=self.export.batch_size,
            size_bytes=size,
            gzip_bytes=gzipped,
            max_difference=difference,
            tolerance=allowed,
            top1_agreement=agreement,
            latency_ms=answer.latency_ms,
            images=f"{len(self.reference.images)} images {'of noise' if self.export.images is None else 'given'}",
            note="; ".join(note for note in (answer.note, self.format.note(self.path.resolve())) if note),
            rebuilt_from=self.reference.policy,
            rebuilt_difference=self.reference.rebuilt,
            versions=versions("keras", "tensorflow", *self.format.packages),
            outputs=self.reference.names,
            trainable=cost.parameters(network),
            sha256=digests(self.staged),
        )

    def differences(self, answer: fresh_process.Answer) -> tuple[float, float, float]:
        """The largest difference and the one allowed, of the output for which that is worst; the smallest agreement."""
        tolerance = self.format.tolerance if self.export.tolerance is None else self.export.tolerance
        found = []
        for outputs, alone, expected in zip(answer.outputs, answer.alone, self.reference.outputs, strict=True):
            outputs, expected = (np.concatenate(pair) for pair in ((outputs, alone[None]), (expected, expected[:1])))
            agreement = float(np.mean(outputs.argmax(-1) == expected.argmax(-1)))
            found.append((largest(outputs - expected), tolerance * max(1.0, largest(expected)), agreement))
        # One of NaN is the worst.
        difference, allowed, _ = max(found, key=lambda one: np.nan_to_num(one[0] - one[1], nan=np.inf))
        return difference, allowed, min(agreement for _, _, agreement in found)

    def failure(self, receipt: Receipt) -> str | None:
        """Why the receipt does not pass, or None."""
        agreement = self.export.agreement
        if agreement is None:
            # On noise the classes of a sound network can be close to each other.
            agreement = 0.0 if self.export.images is None else self.format.agreement
        # Written so that a difference of NaN fails.
        if not receipt.max_difference <= receipt.tolerance:
            return f"an output differs by {receipt.max_difference:.3g}, allowed {receipt.tolerance:.3g}."
        if receipt.top1_agreement < agreement:
            return f"the class is the same on {receipt.top1_agreement:.1%} of {receipt.images}, needed {agreement:.1%}."
        return None

    def keep(self, receipt: Receipt) -> None:
        staged = receipt_path(self.staged)
        staged.write_text(receipt.to_json())
        folder = self.staged.is_dir()
        files.move(self.staged, self.path, self.replaces)
        if not folder:
            files.move(staged, receipt_path(self.path))


def with_suffix(path: Path, suffix: str) -> Path:
    """`path` with the format's suffix; ValueError for another one."""
    if suffix and path.suffix not in ("", suffix):
        raise ValueError(f"This format is written to a file that ends in {suffix}, but the path is {path.name!r}.")
    return path.with_suffix(suffix) if suffix else path


def check_images(images: np.ndarray | None, shape: tuple[int | None, ...]) -> np.ndarray:
    """The images to compare on, float32; ValueError unless they fit the network."""
    if images is None:
        size = tuple(32 if length is None else length for length in shape)
        return np.random.default_rng(0).normal(size=(NOISE_IMAGES, *size)).astype("float32")
    values = np.asarray(images, dtype="float32")
    if values.ndim != 4 or not len(values) or any(b not in (None, a) for a, b in zip(values.shape[1:], shape)):
        raise ValueError(f"The images to compare on have the shape (n, *{shape}), not {values.shape}.")
    return values


def predict(network: keras.Model, images: np.ndarray) -> list[np.ndarray]:
    """The outputs in float32, computed on the CPU, where the artefact is run too."""
    with keras.device("cpu:0"):
        outputs = keras.tree.flatten(network(images, training=False))
        return [np.array(keras.ops.convert_to_numpy(output), dtype="float32") for output in outputs]


def largest(values: np.ndarray) -> float:
    return float(np.max(np.abs(values)))
