"""improve: does attention pay in a trained model; from its file to the network that is recommended."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app, register_classes
from keras_ean.cli.model_file import Imports, PixelRange, Unsafe
from keras_ean.cli.opening import RUNS, Devices, Minutes, Timing
from keras_ean.cli.plug import At
from keras_ean.cli.run import run
from keras_ean.cli.saying import say
from keras_ean.cli.stopping import in_pieces
from keras_ean.run.networks import folded


def listed(text: str | None) -> list[str]:
    """The names in "a,b"."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


@app.command("improve")
def improve(
    data: Annotated[str, typer.Option(help="A folder of photographs, or module:function that makes the data.")],
    model: Annotated[
        str | None,
        typer.Argument(
            help="A compiled .keras file, keras.applications:NAME, or module:function that makes it. Default: a small "
            "backbone, trained from nothing."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the run; the same command continues it. Default: runs/MODEL."),
    ] = None,
    attention: Annotated[
        str | None, typer.Option(help="Modules, separated by commas: each has a supernet of its own. Default: se.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="File of weights for the model.")] = None,
    loss: Annotated[
        str | None, typer.Option(help="The loss, as Keras names it, for a model that is not compiled.")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(help="Metrics in place of the compiled ones, separated by commas.")
    ] = None,
    objective: Annotated[str | None, typer.Option(help="A metric or loss; default: the first compiled metric.")] = None,
    pixels: PixelRange = None,
    at: At = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of the supernet, and again of each network. Default: 3.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="The learning rate. Default: a third of the highest that the model had.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Images in a training step. Default: 32.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each network.")] = 3,
    tolerance: Annotated[
        float | None, typer.Option(min=0, help="Points of accuracy not worth paying for. Default: 0.5.")
    ] = None,
    max_latency: Annotated[
        str | None, typer.Option(help="The most that attention may add to the time, as '+5%'.")
    ] = None,
    fold: Annotated[
        bool | None,
        typer.Option(help="Compare networks with their gates folded, too. Default: the one that would be recommended."),
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            help="Formats of the recommended network, as saved_model,litert; '' for none. Default: saved_model."
        ),
    ] = None,
    imports: Imports = None,
    unsafe: Unsafe = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Sets a key of the configuration, as search.options.max_steps=10; repeatable."),
    ] = None,
    minutes: Minutes = None,
    devices: Devices = None,
    timing: Timing = True,
) -> None:
    """Find out where attention pays in a trained model, and whether it does; its own loss and metrics decide."""
    modules = listed(attention) or [attention or "se"]
    source = {
        "weights": weights,
        "loss": loss,
        "metrics": listed(metrics),
        "objective": objective,
        "pixels": pixels,
        "at": at,
        "imports": [str(file) for file in imports or ()],
        "unsafe": unsafe,
    }
    if model is None:
        tune = {"rate": rate, "batch-size": batch_size}
        if given := [name for name, value in {**source, **tune}.items() if value]:
            raise ValueError(
                f"--{given[0]} tells something of a model, but none is named: keras-ean improve model.keras …"
            )
        if len(modules) > 1:
            raise ValueError(
                "Without a model, one module can be tried: give --attention one name, or name a model, too."
            )
        say(f"Without a model, a small backbone is trained from nothing, as by: keras-ean run {data}")
        asked = {
            "attention": attention,
            "pretrain.epochs": epochs,
            "tolerance": tolerance,
            "max_latency": max_latency,
            "compare": None if fold is None else f"[{', '.join(folded(fold) or ())}]",
            "export": None if export is None else f"[{', '.join(listed(export))}]",
        }
        chosen = [f"{key}={value}" for key, value in asked.items() if value is not None]
        run(Path(data), out, [*chosen, *(overrides or ())], minutes, devices, seeds, timing=timing)
        return
    from keras_ean.run import RunFolder
    from keras_ean.run.config_file import configured

    folder = out or RUNS / Path(model.rpartition(":")[2]).stem
    if out is None:
        say(f"The run is kept in {folder}.")
    values = {
        "data": data,
        "model": {"name": model, **source},
        "attention": modules[0],
        "tune": {"epochs": epochs or 3, "rate": rate, "batch_size": batch_size or 32},
        "seeds": seeds,
        "max_latency": max_latency,
        "compare": folded(fold),
    }
    if export is not None:
        values["export"] = listed(export)
    if tolerance is not None:
        values["tolerance"] = tolerance
    begun = any(RunFolder(run).begun for run in (folder, *(folder / module for module in modules)))
    # All that is wrong is told now, before Keras is imported.
    config = configured(values, overrides or (), "keras-ean improve", modules[1:], begun)
    register_classes()
    from keras_ean.improving import improved
    from keras_ean.run.config import Named

    # Options of the first one may be set, as by --set attention.source=mean.
    asked_for = [config.attention, *(Named(name=module) for module in modules[1:])]
    with in_pieces(folder, "the same command"):
        result = improved(config, asked_for, folder, minutes, devices, timed=timing)
        for line in result.closing():
            say(line)
        for what, path in result.paths().items():
            say(f"{what:<12} {path}")
        for path in result.export():
            say(f"{'export':<12} {path}")
