"""improve: does attention pay in a trained model; from its file to the network that is recommended."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import command
from keras_ean.cli.model_file import Imports, Unsafe
from keras_ean.cli.opening import Minutes
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import in_pieces


def listed(text: str | None) -> list[str]:
    """The names in "a,b"."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


@command("improve")
def improve(
    model: Annotated[
        str, typer.Argument(help="A compiled .keras file, keras.applications:NAME, or module:function that makes it.")
    ],
    data: Annotated[str, typer.Option(help="A folder of photographs, or module:function that makes the data.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; the same command continues it.")],
    attention: Annotated[
        str, typer.Option(help="Modules, separated by commas: each has a supernet of its own.")
    ] = "se",
    weights: Annotated[str | None, typer.Option(help="File of weights for the model.")] = None,
    loss: Annotated[str | None, typer.Option(help="Of a model that is not compiled, as Keras names it.")] = None,
    metrics: Annotated[str | None, typer.Option(help="In place of the compiled ones, separated by commas.")] = None,
    objective: Annotated[str | None, typer.Option(help="A metric or loss; default: the first compiled metric.")] = None,
    pixels: Annotated[
        str | None,
        typer.Option(help="What the model takes photographs as: 0..255, 0..1, -1..1, torch or caffe."),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Of the supernet, and again of each network.")] = 3,
    rate: Annotated[float | None, typer.Option(help="Default: a third of the highest that the model had.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Of training.")] = 32,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each network.")] = 3,
    tolerance: Annotated[float, typer.Option(min=0, help="Points of accuracy not worth paying for.")] = 0.5,
    max_latency: Annotated[str | None, typer.Option(help="As '+5%' over no attention: a hard limit.")] = None,
    fold: Annotated[
        bool, typer.Option("--fold", help="Also compare the found network with gates folded that can be constant.")
    ] = False,
    export: Annotated[
        str | None, typer.Option(help="Formats of the recommended network, as saved_model,litert.")
    ] = None,
    imports: Imports = None,
    unsafe: Unsafe = False,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="As search.options.max_steps=10; repeatable.")
    ] = None,
    minutes: Minutes = None,
) -> None:
    """Find out where attention pays in a trained model, and whether it does; its own loss and metrics decide."""
    from keras_ean.improving import improved
    from keras_ean.run.config_file import configured

    values = {
        "data": data,
        "model": {
            "name": model,
            "weights": weights,
            "loss": loss,
            "metrics": listed(metrics),
            "objective": objective,
            "pixels": pixels,
            "imports": [str(file) for file in imports or ()],
            "unsafe": unsafe,
        },
        "attention": (listed(attention) or [attention])[0],
        "tune": {"epochs": epochs, "rate": rate, "batch_size": batch_size},
        "seeds": seeds,
        "tolerance": tolerance,
        "max_latency": max_latency,
        "compare": ["found_folded"] if fold else [],
        "export": listed(export),
    }
    if max_latency is not None:
        values["search"] = {"reward": {"sparsity_weight": 0.0, "costs": {"latency": {"limit": max_latency}}}}
    with in_pieces(out, "the same command"):
        result = improved(configured(values, overrides or (), "keras-ean improve"), listed(attention), out, minutes)
        say(result)
        for path in result.export():
            say(path)
