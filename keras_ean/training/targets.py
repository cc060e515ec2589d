"""Whether images and targets are what a model and its loss take, told before anything is trained on them."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_ean.data.examples import Examples
from keras_ean.graph.reading import as_functional
from keras_ean.registry import unknown_all
from keras_ean.supernet import Supernet
from keras_ean.training.task import Task

SPARSE, ONE_HOT = "sparse_categorical_crossentropy", "categorical_crossentropy"
BINARY = "binary_crossentropy"
BETWEEN = (ONE_HOT, BINARY, "binary_focal_crossentropy", "categorical_focal_crossentropy")
"""Losses of shares: Keras takes other targets without a word, and trains away from them."""


def functional_of(model: keras.Model) -> keras.Model:
    """The functional model whose outputs are the model's."""
    return model.body if isinstance(model, Supernet) else as_functional(model)


def check_examples(task: Task, model: keras.Model, examples: Examples) -> None:
    """Refuses images and targets with the commonest faults, in the user's words.

    Raises:
        ValueError: Images of another shape than the model takes, or not finite; targets named as no output is; labels
            that are no classes of the model's, one-hot for a sparse loss or the other way round; targets that are text
            or not finite; weights that are negative, not finite, or all 0.
    """
    functional = functional_of(model)
    inputs = functional.inputs[:-1] if isinstance(model, Supernet) else functional.inputs
    given = [tuple(values.shape[1:]) for values in keras.tree.flatten(examples.inputs)]
    wanted = [tuple(tensor.shape[1:]) for tensor in inputs]
    if len(given) != len(wanted) or not all(map(fits, given, wanted)):
        hint = " They look like channels first: move them last." if given and given[0][:1] in ((1,), (3,)) else ""
        raise ValueError(f"The images are {listed(given)}, but the model takes {listed(wanted)}.{hint}")
    if not all(map(_finite, keras.tree.flatten(examples.inputs))):
        raise ValueError("Some images have values that are not finite.")
    _check_weights(examples.weights)
    _check_names(task.arguments["loss"], functional, examples.targets)
    for name, targets, loss, output in _by_output(task, functional, examples.targets):
        what = "The labels" if len(functional.outputs) == 1 else f"The targets of {name!r}"
        if targets.dtype.kind not in "biuf":
            raise ValueError(f"{what} are {targets.dtype}, no numbers: give class numbers, from 0 on.")
        if not _finite(targets):
            raise ValueError(f"{what} have values that are not finite.")
        if not _check_classes(what, targets, loss_name(loss), tuple(output.shape)):
            _check_shape(what, targets, loss, tuple(output.shape))


def _check_names(loss: Any, functional: keras.Model, targets: Any) -> None:
    """Targets by name are those of outputs of these names; one without a loss needs none."""
    names = list(functional.output) if isinstance(functional.output, dict) else functional.output_names
    if not isinstance(targets, dict) or len(names) == 1:
        return
    if wrong := unknown_all("output", targets, names):
        raise ValueError(f"Targets by name are those of the model's outputs. {wrong}")
    learnt = [name for name in names if not isinstance(loss, dict) or loss.get(name) is not None]
    if missing := [name for name in learnt if name not in targets]:
        raise ValueError(f"There are no targets for the outputs {', '.join(map(repr, missing))}.")


def _check_weights(weights: Any) -> None:
    for values in () if weights is None else keras.tree.flatten(weights):
        if values.dtype.kind not in "biuf" or not _finite(values) or values.min() < 0 or values.max() == 0:
            raise ValueError(
                "The weights of images, and those of classes, are numbers that are finite, not negative and not all 0."
            )


def _check_classes(what: str, targets: np.ndarray, loss: str, output: tuple) -> bool:
    classes, low, high = output[-1], targets.min(), targets.max()
    whole = targets.ndim == len(output) and targets.shape[-1] == classes
    if loss == SPARSE:
        if classes == 1:
            raise ValueError(
                f"{what} are classes for a sparse loss, which needs an output for each of them, but the model has one "
                f"in all: of two classes compile it with a sigmoid and {BINARY}."
            )
        if whole:
            raise ValueError(
                f"{what} are one-hot for a sparse loss: give class numbers, labels.argmax(-1), or compile the model "
                f"with {ONE_HOT}."
            )
        if low < 0 or high >= classes or (targets != np.floor(targets)).any():
            raise ValueError(
                f"{what} are from {low} to {high}, but the model's {classes} classes are 0 … {classes - 1}."
            )
    if loss == ONE_HOT and not whole:
        raise ValueError(
            f"{what} are class numbers for a loss that takes one-hot: give keras.utils.to_categorical(labels, "
            f"{classes}), or compile the model with {SPARSE}."
        )
    if loss in BETWEEN and (low < 0 or high > 1):
        raise ValueError(f"{what} are from {low} to {high}, but the loss {loss} takes 0, 1 and what is between.")
    return loss == SPARSE


def _check_shape(what: str, targets: np.ndarray, loss: Any, output: tuple) -> None:
    """Keras's own losses would spread targets of another shape over the outputs without a word."""
    found = targets.shape[1:]
    wider = output[1:] if len(found) == len(output) - 1 else output[1:-1] if output[-1] == 1 else None
    fits = wider is not None and len(wider) == len(found) and all(b in (None, a) for a, b in zip(found, wider))
    own = isinstance(loss, str) or type(loss).__module__.startswith("keras.")
    if own and loss_name(loss) != "ctc" and not fits:
        raise ValueError(
            f"{what} of an image are {found or 'one number'}, but the model's output for it is {output[1:]}."
        )


def _by_output(task: Task, functional: keras.Model, targets: Any) -> Iterator[tuple]:
    """(name, targets, loss, output) of every output that has targets and a loss of its own, as far as it is told."""
    names, loss = functional.output_names, task.arguments["loss"]
    if len(names) == 1:
        [only] = keras.tree.flatten(loss) or [None]
        yield names[0], keras.tree.flatten(targets)[0], only, functional.outputs[0]
        return
    keys = names
    if isinstance(functional.output, dict):
        keys = list(functional.output)
    for place, (name, output) in enumerate(zip(keys, keras.tree.flatten(functional.output))):
        if isinstance(functional.output, dict):
            name = sorted(functional.output)[place]
        own = targets.get(name) if isinstance(targets, dict) else targets[place]
        chosen = loss.get(name) if isinstance(loss, dict) else loss[place] if isinstance(loss, list | tuple) else loss
        if own is not None and chosen is not None and not keras.tree.is_nested(own):
            yield name, own, chosen, output


def loss_name(loss: Any) -> str:
    """A loss as Keras names it, such as `SPARSE`."""
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", loss)).lower()


def _finite(values: np.ndarray) -> bool:
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def fits(found: tuple, wanted: tuple) -> bool:
    """Whether a model takes what has the shape `found` for `wanted`, in which None is any size."""
    # Keras adds the axis of a single channel.
    candidates = (found, (*found, 1))
    return any(len(shape) == len(wanted) and all(b in (None, a) for a, b in zip(shape, wanted)) for shape in candidates)


def listed(shapes: list[tuple]) -> str:
    """Shapes as errors name them."""
    return " and ".join(
        "×".join("any" if size is None else str(size) for size in shape) or "numbers" for shape in shapes
    )


def named_classes(targets: Any, outputs: Any) -> np.ndarray | None:
    """The classes of images, and those that a model's one output names: (2, images); None where it names none.

    Args:
        targets: Class numbers, (images,) or (images, 1), or one-hot.
        outputs: What the model gives, (images, classes).

    Example:
        >>> named_classes(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]])).tolist()
        [[1, 0], [1, 1]]
    """
    if keras.tree.is_nested(outputs) or outputs.ndim != 2:
        return None
    labels = classes_of(targets, outputs.shape[-1])
    return None if labels is None else np.stack([labels, keras.ops.convert_to_numpy(outputs).argmax(axis=-1)])


def classes_of(targets: Any, classes: int) -> np.ndarray | None:
    """The classes that targets name, (images,), of a model with so many outputs; None where they name none.

    Example:
        >>> classes_of(np.array([[0.0, 1.0], [1.0, 0.0]]), 2).tolist()
        [1, 0]
    """
    if not isinstance(targets, np.ndarray) or classes < 2:
        return None
    if targets.ndim == 2 and targets.shape[-1] == classes:
        return targets.argmax(axis=-1)
    one_each = targets.ndim == 1 or targets.shape[1:] == (1,)
    return targets.reshape(-1) if one_each and targets.dtype.kind in "iu" else None
