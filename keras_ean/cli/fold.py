"""`keras-ean gates` and `keras-ean fold`: the gates of a model file, and the file in which they cost nothing."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.model_file import Imports, PixelRange, Unsafe
from keras_ean.cli.plug import ModelFile
from keras_ean.cli.saying import say
from keras_ean.run.model_file import load_model


@command("gates")
def gates(model: ModelFile, unsafe: Unsafe = False, imports: Imports = None) -> None:
    """List the gates of a model: attention modules, and squeeze-and-excitation in models of others."""
    from keras_ean.folding import find_gates

    say(str(find_gates(load_model(model, imports, unsafe))))


@command("fold")
def fold(
    model: ModelFile,
    data: Annotated[str, typer.Option(help="Name or folder of images, as root/class/… or root/split/class/….")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write the folded model (.keras). Default: MODEL-folded.keras."),
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0, help="Points of top-1 accuracy that folding may cost.")] = 0.5,
    pixels: PixelRange = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="The size that images are brought to. Default: what the model takes.")
    ] = None,
    own_classes: Annotated[
        bool, typer.Option(help="Keep the model's own answers, in place of the folders' labels.")
    ] = False,
    calibrate: Annotated[
        int,
        typer.Option(min=0, help="Training images to re-estimate BatchNorm on, without --epochs; 0: none."),
    ] = 0,
    epochs: Annotated[
        int,
        typer.Option(min=0, help="Epochs of fine-tuning with each gate folded, so that more can go; 0 trains nothing."),
    ] = 0,
    rounds: Annotated[int, typer.Option(min=0, help="Timed calls; 0 measures no times.")] = 20,
    unsafe: Unsafe = False,
    imports: Imports = None,
) -> None:
    """Fold the gates of a trained model that can be constant into its other layers; the rest stay live.

    The validation images decide, and the test images tell what it cost.
    """
    from keras_ean import folding
    from keras_ean.run.given_images import in_range
    from keras_ean.run.model_source import ModelSource
    from keras_ean.run.open_model import known_pixels

    output = output or model.with_name(f"{model.stem}-folded.keras")
    if output.suffix != ".keras":
        raise ValueError(f"The folded model is written as a .keras file, not {str(output)!r}.")
    network = load_model(model, imports, unsafe, compiled=epochs > 0)
    folding.find_gates(network)  # Which tells what models have none that could be found.
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ValueError(
            "keras-ean fold judges by the classes that one output names for one image, but the model has "
            f"{len(network.inputs)} inputs and {len(network.outputs)} outputs: in Python, ean.fold takes a metric=."
        )
    taken, images = known_pixels(ModelSource(name=str(model), pixels=pixels), network), _load(data, network, size)
    classes = network.output_shape[-1]
    if not own_classes and images.classes != classes:
        raise ValueError(
            f"The images have {images.classes} classes, and the model {classes} outputs: give --own-classes to keep "
            "the model's own answers."
        )

    def arrays(split):
        x, y = split.arrays()
        return in_range(x, taken, images), None if own_classes else y

    (x, y), (test_x, test_y) = arrays(images.validation), arrays(images.test)
    chosen = arrays(images.train.take(spread(len(images.train), calibrate)))[0] if calibrate else None
    if epochs:
        found = folding.prune_gates(
            network, x, y, tune=tuning(network, arrays(images.train), epochs), tolerance=tolerance
        )
    else:
        found = folding.fold(network, x, y, tolerance, calibrate=chosen, rounds=rounds)
    say(str(found))
    before, after = (one.predict(test_x, verbose=0) for one in (network, found.network))
    score = folding.Scoring(test_y, None, before)
    say(f"On the test images: {score(before):.2f} before, {score(after):.2f} after, against {score.judged_by}")
    output.parent.mkdir(parents=True, exist_ok=True)
    found.network.save(output)
    say(output)


def tuning(network, data, epochs: int):
    """Trains a network for the task of the given one, at a third of the rate that this was trained with at most."""
    import keras

    from keras_ean.training import Task
    from keras_ean.training.targets import ONE_HOT, loss_name

    task, (images, labels) = Task(network), data
    if labels is None:
        raise ValueError("--epochs trains by the labels of the folders, which --own-classes leaves out.")
    if loss_name(task.arguments["loss"]) == ONE_HOT:
        labels = keras.utils.to_categorical(labels, network.output_shape[-1])

    def tune(folded):
        task.compile(folded, task.rate / 3)
        folded.fit(images, labels, epochs=epochs, verbose=0)

    return tune


def spread(number: int, wanted: int):
    """So many of a number of rows, evenly spread, since folders are read class by class."""
    import numpy as np

    return np.unique(np.linspace(0, number - 1, min(number, wanted)).astype(int))


def _load(data: str, network, size: int | None):
    """The images, of 0 … 1, brought to the size and channels that the network takes."""
    from keras_ean.run.given_images import images_for

    height, width, channels = network.input_shape[1:]
    if Path(data).is_dir() and size is None and None in (height, width):
        raise ValueError("The model takes images of any size: give the one to fold for, as --size 224.")
    return images_for(data, {}, (size or height, size or width, channels))
