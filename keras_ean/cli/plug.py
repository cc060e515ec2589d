"""`keras-ean plug` and `keras-ean attachments`: attention in a model file that somebody else made."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.model_file import Imports, Unsafe
from keras_ean.cli.saying import say
from keras_ean.run.model_file import load_model

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL.keras", help="A saved functional Keras model.")]
At = Annotated[
    list[str] | None,
    typer.Option("--at", help="Plug after the layer of this name, instead of before residual additions; repeatable."),
]


@command("attachments")
def attachments(
    model: ModelFile,
    at: At = None,
    plot: Annotated[Path | None, typer.Option(help="Also draw the places to this .png, .svg or .pdf file.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Leave hollow in the picture what this scheme leaves out.")] = None,
    unsafe: Unsafe = False,
    imports: Imports = None,
) -> None:
    """List the places where attention can be plugged into a model."""
    from keras_ean.plugging import attachment_points

    points = attachment_points(load_model(model, imports, unsafe), at or None)
    say(str(points))
    if plot is not None:
        say(f"Picture: {points.plot(plot, scheme)}")


@command("plug")
def plug(
    model: ModelFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the plugged model (.keras).")],
    attention: Annotated[str, typer.Option(help="Name of the attention module.")] = "se",
    scheme: Annotated[str | None, typer.Option(help='One bit per place, as "100 1011"; default: all.')] = None,
    share: Annotated[bool, typer.Option(help="One module per stage, or one per place.")] = True,
    identity_init: Annotated[bool, typer.Option(help="Start as the model was: attention is faded in.")] = False,
    at: At = None,
    unsafe: Unsafe = False,
    imports: Imports = None,
) -> None:
    """Plug attention into a trained model; its weights are carried over bit for bit."""
    from keras_ean import plugging

    if output.suffix != ".keras":
        raise ValueError(f"The plugged model is written as a .keras file, not {str(output)!r}.")
    original = load_model(model, imports, unsafe)
    plugged = plugging.plug(original, attention, scheme, share, identity_init, at or None)
    output.parent.mkdir(parents=True, exist_ok=True)
    plugged.save(output)
    added = plugged.count_params() - original.count_params()
    say(f"{output}: {attention}, {added:,} parameters on top of {original.count_params():,}")
