"""`ean.improve`: does attention pay in a model that somebody has trained, and the model that it leads to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console

from keras_ean.data.examples import Examples
from keras_ean.run.config import Config, Named
from keras_ean.run.config_faults import faults_in_words
from keras_ean.run.config_file import limited
from keras_ean.run.given import Given
from keras_ean.run.given_images import ExampleSets
from keras_ean.run.improvement import Improvement
from keras_ean.run.model_source import GIVEN_IMAGES
from keras_ean.run.modules import Modules
from keras_ean.run.networks import folded
from keras_ean.run.pipeline import Run
from keras_ean.run.plugged import model_digest
from keras_ean.run.refused import left_as_it_was
from keras_ean.training import TimeLimit, choose_devices


def improve(
    model: keras.Model,
    train: Any,
    validation: Any,
    test: Any,
    attention: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] = "se",
    *,
    folder: str | Path,
    objective: str | tuple[str, str] | None = None,
    loss: str | None = None,
    epochs: int = 3,
    rate: float | None = None,
    batch_size: int = 32,
    seeds: int = 3,
    tolerance: float = 0.5,
    max_latency: str | None = None,
    class_weight: Mapping[int, float] | None = None,
    at: Sequence[str] | None = None,
    fold: bool | None = None,
    search: Mapping[str, Any] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    devices: int | str | None = None,
    verbose: bool = True,
) -> Improvement:
    """Finds out where attention pays in a trained model, and whether it pays at all.

    Attention is plugged in so that the model computes what it did before. A supernet, which holds the networks of all
    schemes, is fine-tuned from the model's weights by the model's own loss and optimizer, and the search scores schemes
    by the objective. Then the networks without attention, with attention everywhere, at random places and at those that
    were found are fine-tuned alike and compared on the test images. The model itself stays as it is. The same call with
    the same folder goes on where it stopped.

    Args:
        model: A functional or Sequential model, compiled, or else given a `loss`.
        train, validation, test: The images to train on, to search by and to compare on: (images, targets) or (images,
            targets, weights) in arrays, a `tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch loader or another
            iterable that ends. They are read once into memory, 4 GiB each at the most. The model should have been
            trained on the first alone.
        attention: The name of a module, or its name with options of `ean.attention.get`, such as {"name": "se",
            "source": "mean"}; or several of these, each of which gets a supernet and a search of its own.
        folder: The folder in which everything is kept.
        objective: What schemes are judged by: a compiled metric or "loss", with or without `val_`; or (name, "max" or
            "min") where the name does not tell the direction. None takes the first compiled metric, or else the loss.
        loss: The loss of a model that is not compiled.
        epochs: The number of epochs in which the supernet is fine-tuned, after one of its attention alone, and again
            each compared network.
        rate: The highest learning rate; None takes a third of the highest that the model's optimizer knows.
        batch_size: The number of images of a training step.
        seeds: The number of trainings of each compared network, each with another seed.
        tolerance: The points of an accuracy, or the percent of another objective, that are not worth paying for.
        max_latency: How much slower than no attention the recommended network may be at inference, such as "+5 %"; None
            sets no limit.
        class_weight: The weight of each class in training, by its number, as `fit` takes it.
        at: The names of layers to plug attention after, instead of before residual additions.
        fold: Whether the networks with attention everywhere and at the found places are also compared with those gates
            folded that cost no more than the tolerance on validation images (see `keras_ean.fold`). None does so with
            the one of them that would be recommended, if any.
        search: Further settings of the search, as under `search:` in a configuration. A connection has no price unless
            `reward` gives it one.
        seed: The seed of everything random.
        minutes: The time after which it stops at a checkpoint, with the error `OutOfTime`; None sets no limit.
        devices: The number of devices that train together, or "all"; `batch_size` counts the images of all of them.
            None takes one.
        verbose: Whether progress and report are shown.

    Raises:
        ValueError: The model, the images, the targets or a name cannot be used, which is told before anything is
            trained; or the folder holds another run, or runs of several modules where one is named, or the other way
            round.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"improve takes a Keras model, not {model!r}: open a file by keras.models.load_model first.")
    if not isinstance(folder, str | Path):
        raise ValueError(f"folder is where everything is kept, such as 'runs/mine', not {folder!r}.")
    wanted = _several("attention", "an attention module", attention, str, Mapping)
    places = _several("at", "a layer", at, str)
    examples = ExampleSets.read({"train": train, "validation": validation, "test": test})
    if class_weight is not None:
        weighted = with_class_weights(examples.train, class_weight)
        examples = replace(examples, train=weighted)
    name, direction = objective if isinstance(objective, tuple) and len(objective) == 2 else (objective, None)
    with faults_in_words("model", "tune"):
        modules = [Named.model_validate(module) for module in wanted]
        values = {
            "data": {"name": GIVEN_IMAGES, **examples.digests},
            "model": {
                "name": model.name,
                "digest": model_digest(model),
                "at": None if at is None else tuple(places),
                "loss": loss,
                "objective": name,
                "direction": direction,
            },
            "attention": modules[0] if modules else {"name": ""},
            "seed": seed,
            "search": dict(search) if isinstance(search, Mapping) else search or {},
            "tune": {"epochs": epochs, "rate": rate, "batch_size": batch_size},
            "seeds": seeds,
            "tolerance": tolerance,
            "max_latency": max_latency,
            "compare": folded(fold),
            "export": (),
        }
        config = Config.model_validate(limited(values))
    return improved(config, modules, folder, minutes, devices, verbose, Given(model, examples))


def improved(
    config: Config,
    modules: Sequence[Named],
    folder: str | Path,
    minutes: float | None = None,
    devices: int | str | None = None,
    verbose: bool = True,
    given: Given | None = None,
    timed: bool = True,
) -> Improvement:
    """Does what `improve` does, from a configuration with a `model`, for several attention modules in place of its
    own one; the plan is told with a time unless it is not `timed`.
    """
    limit, console, chosen = TimeLimit(minutes), Console(quiet=not verbose), choose_devices(devices)

    different = {label(module): module for module in modules}

    def start(module: Named, place: Path) -> Run:
        own = {"attention": module, "modules": len(different)}
        return Run(place, config.model_copy(update=own), console, limit, chosen, given)

    runs = Modules(Path(folder), {name: partial(start, module) for name, module in different.items()})
    with left_as_it_was(runs.folder):
        first, *_ = runs.runs.values()
        if not first.folder.begun:
            first.context.tell(str(first.plan(timed and verbose)))
        runs()
    return Improvement(runs)


def label(module: Named) -> str:
    """What a module with its options is called, which is also the name of its run's folder.

    Example:
        >>> label(Named(name="se", source="mean"))
        'se-source-mean'
    """
    return "-".join([module.name, *(f"{key}-{value}" for key, value in module.options.items())])


def _several(argument: str, what: str, given: Any, *kinds: type) -> list:
    """One or several of these kinds.

    Raises:
        ValueError: Anything else.
    """
    every = [given] if isinstance(given, kinds) else given
    if every is not None and not (isinstance(every, list | tuple) and all(isinstance(one, kinds) for one in every)):
        raise ValueError(f"{argument} is the name of {what}, or a list of names, not {given!r}.")
    return list(every or ())


def with_class_weights(examples: Examples, class_weight: Mapping[int, float]) -> Examples:
    """Examples that count by their class, too, as Keras's `fit(class_weight=…)` counts them.

    Raises:
        ValueError: `class_weight` gives no weight by class, the targets are no classes, or a class has no weight.
    """
    if not isinstance(class_weight, Mapping) or not all(isinstance(one, Real) for one in class_weight.values()):
        raise ValueError(
            f"class_weight is a weight by class, both in numbers, as {{0: 1.0, 1: 2.5}}, not {class_weight!r}."
        )
    targets = examples.targets
    if keras.tree.is_nested(targets) or targets.ndim > 2:
        raise ValueError("class_weight is for one output of one class an image; give weights with the images instead.")
    labels = targets.argmax(-1) if targets.ndim == 2 and targets.shape[1] > 1 else targets.reshape(-1).astype(int)
    missing = sorted(set(labels.tolist()) - set(class_weight))
    if missing:
        raise ValueError(f"class_weight has no weight for the classes {missing}.")
    weights = np.array([class_weight[label] for label in labels.tolist()], "float32")
    return Examples(examples.inputs, targets, weights if examples.weights is None else weights * examples.weights)
