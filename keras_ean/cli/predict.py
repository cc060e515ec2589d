"""predict: what a run's network says of photos."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.saying import say
from keras_ean.run.networks import NAMES


@command("predict")
def predict(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO", help="Image files of any size, or folders of them.")],
    name: Annotated[
        str | None, typer.Option(help=f"Network of the run: {NAMES}; default: the one that its verdict recommends.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the network's training.")] = 0,
    top: Annotated[int, typer.Option(min=1, help="Classes of each photo, the most probable ones first.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Name the classes in photos, with probabilities. Unreadable photos are named at the end; the status is then 2."""
    from keras_ean.run import Run

    broken = []
    for found in Run(folder).predictions(photos, name, seed):
        if found.error is None:
            say(_line(found.top(top)) if json else found.top(top))
        else:
            broken.append(found)
    for found in broken:
        say(f"keras-ean: {found}", error=True)
    if broken:
        raise typer.Exit(2)


def _line(found) -> str:
    from json import dumps

    return dumps({"image": str(found.file), "class": found.label, "probabilities": found.probabilities})
