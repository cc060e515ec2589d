"""Writing the report of a run from what its stages have kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_ean.measure import effects_of, forest_figure, latencies, save_figure
from keras_ean.run.context import Context
from keras_ean.run.folder import read_json
from keras_ean.run.networks import get
from keras_ean.run.report import figures, table
from keras_ean.run.report.rows import rows
from keras_ean.run.report.sentence import sentence
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.search import Search
from keras_ean.scheme import Scheme


@dataclass(frozen=True)
class Report:
    """Writes report.md, report.json and figures anew each time; inference is timed once for the same networks.

    Args:
        context: of the run.
        search: whose scheme and evaluations are shown.
        networks: that are compared; what is not trained yet will be.
    """

    context: Context
    search: Search
    networks: Sequence[Network]

    def __call__(self) -> Path:
        """Returns the folder of the report."""
        context, folder = self.context, self.context.folder
        trainings, scheme, title = self.trainings(), self.search(), context.title
        found = rows(trainings)
        folder.write_json(folder.report / "report.json", trainings)
        verdict, conclusion = sentence(found), read_json(self.search.place)["conclusion"]
        text = f"# {title}\n\n{table.markdown(found)}\n{verdict}\n\n{conclusion}\n"
        folder.write(folder.report / "report.md", text)
        evaluations = self.search.tuner().evaluations()
        own = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
        schemes, scores = [one.scheme for one in own], [one.metrics["accuracy"] for one in own]
        for name, figure in {
            "comparison": figures.comparison_figure(found, title),
            "search": figures.search_figure(schemes, scores, scheme, title),
            "effects": forest_figure(effects_of(evaluations), title),
            "scheme": figures.scheme_figure(scheme, context.config.attention.name, title, context.config.share),
        }.items():
            save_figure(figure, folder.report / f"{name}.png")
        context.console.print(table.rich_table(found, title))
        context.console.print(f"{verdict}\n{conclusion}", highlight=False)
        return folder.report

    def trainings(self) -> list[dict]:
        """The figures of every network, with the inference time of a batch in milliseconds."""
        measured = [network.figures() for network in self.networks]
        kept = self.context.folder.report / "report.json"
        before = read_json(kept) if kept.is_file() else []
        if [{**facts, "latency_ms": None} for facts in before] == [{**facts, "latency_ms": None} for facts in measured]:
            return before
        # One network of each name, with whatever weights.
        build = self.context.architecture.network
        models = {
            facts["name"]: build(Scheme(facts["scheme"]), get(facts["name"]).share, facts["name"])
            for facts in measured
            if not facts["seed"]
        }
        times = latencies(models, self.context.images.sample(table.LATENCY_BATCH), table.LATENCY_BATCH)
        return [{**facts, "latency_ms": times[facts["name"]][0]} for facts in measured]
