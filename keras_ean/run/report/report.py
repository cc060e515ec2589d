"""Writing the report of a run from what its stages have kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_ean.measure import effects_of, forest_figure, save_figure
from keras_ean.run.context import Context
from keras_ean.run.folder import read_json
from keras_ean.run.measured import measured
from keras_ean.run.report import figures, table
from keras_ean.run.report.rows import rows
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.search import Search


@dataclass(frozen=True)
class Report:
    """Writes report.md and figures anew each time.

    Args:
        context: of the run.
        search: whose scheme and evaluations are shown.
        networks: that are compared; what is not trained yet will be.
        verdict: the answer of the run, in whole sentences.
    """

    context: Context
    search: Search
    networks: Sequence[Network]
    verdict: str

    def __call__(self) -> Path:
        """Returns the folder of the report."""
        context, folder = self.context, self.context.folder
        trainings, scheme, title = measured(context, self.networks), self.search(), context.title
        found, unit = rows(trainings), context.unit
        conclusion, seen = read_json(self.search.place)["conclusion"], self.seen(trainings)
        networks = table.markdown(found, unit=unit)
        text = f"# {title}\n\n{paragraphs(self.verdict)}\n\n{networks}\n{seen}\n\n{paragraphs(conclusion)}\n"
        folder.write(folder.report / "report.md", text)
        evaluations = self.search.tuner().evaluations()
        own = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
        schemes, scores = [one.scheme for one in own], [one.metrics[unit.objective] for one in own]
        effects = effects_of(evaluations, unit.factor, unit.direction)
        for name, figure in {
            "comparison": figures.comparison_figure(found, title, unit),
            "search": figures.search_figure(schemes, scores, scheme, title, unit),
            "effects": forest_figure(effects, title),
            "scheme": figures.scheme_figure(scheme, context.config.attention.name, title, context.config.share),
        }.items():
            save_figure(figure, folder.report / f"{name}.png")
        context.console.print(table.rich_table(found, title, unit=unit))
        context.console.print(f"{seen}\n\n{self.verdict}\n\n{conclusion}", highlight=False)
        return folder.report

    @staticmethod
    def seen(trainings: Sequence[dict]) -> str:
        """How many images each network has seen, the supernet included."""
        facts = next((facts for facts in trainings if "images_seen" in facts), None)
        if facts is None:  # Trained by an earlier version, which did not count them.
            return ""
        more = " more, from its weights" if facts["start"] == "supernet" else ", from random weights"
        supernet, own = facts["supernet_images_seen"], facts["images_seen"]
        return f"Images seen in training: the supernet {supernet:,}, each network {own:,}{more}."


def paragraphs(lines: str) -> str:
    """Lines as paragraphs of Markdown."""
    return lines.replace("\n", "\n\n")
