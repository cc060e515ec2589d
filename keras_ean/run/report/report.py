"""The report of a finished run: comparison as text and table, and its figures."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from keras_ean.measure.effects import effects_of
from keras_ean.measure.forest import forest_figure
from keras_ean.measure.latency import latencies
from keras_ean.run.folder import read_json
from keras_ean.run.report import comparison, plots
from keras_ean.scheme import Scheme

if TYPE_CHECKING:
    from keras_ean.run.pipeline import Run

LATENCY_BATCH = 64


def write_report(run: "Run", network: Callable[[str, Scheme], keras.Model]) -> Path:
    """Writes report.md, report.json and figures; returns their folder.

    Args:
        run: searched; what is not trained yet will be.
        network: builds a network by name and scheme, whose inference is timed; its weights are of no matter.
    """
    config, folder = run.config, run.folder
    trainings = [run.figures(name, seed) for name in (*config.compare, "found") for seed in range(config.seeds)]
    images, _ = run.data.test.take(np.arange(len(run.data.test))[:LATENCY_BATCH]).arrays()
    networks = {
        facts["name"]: network(facts["name"], Scheme(facts["scheme"])) for facts in trainings if not facts["seed"]
    }
    times = latencies(networks, images, LATENCY_BATCH)
    trainings = [{**facts, "latency_ms": times[facts["name"]][0]} for facts in trainings]
    rows = comparison.rows(trainings)
    title = f"{run.data.name} · {config.backbone.name} · {config.attention.name}"
    folder.write_json(folder.report / "report.json", trainings)
    verdict, search = comparison.verdict(rows), read_json(folder.scheme_file)["conclusion"]
    text = f"# {title}\n\n{comparison.markdown(rows, LATENCY_BATCH)}\n{verdict}\n\n{search}\n"
    folder.write(folder.report / "report.md", text)
    plots.save(plots.comparison_figure(rows, title), folder.report / "comparison.png")
    evaluations = run.tuner().evaluations()
    own = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
    figure = plots.search_figure(
        [evaluation.scheme for evaluation in own],
        [evaluation.metrics["accuracy"] for evaluation in own],
        run.search(),
        title,
    )
    plots.save(figure, folder.report / "search.png")
    plots.save(forest_figure(effects_of(evaluations), title), folder.report / "effects.png")
    figure = plots.scheme_figure(run.search(), config.attention.name, title, config.share)
    plots.save(figure, folder.report / "scheme.png")
    run.console.print(comparison.rich_table(rows, title, LATENCY_BATCH))
    run.console.print(f"{verdict}\n{search}", highlight=False)
    return folder.report
