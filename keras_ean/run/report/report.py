"""Writing the report of a run from what its stages have kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_ean.measure import effects_of, forest_figure, save_figure
from keras_ean.run.context import Context
from keras_ean.run.measured import measured
from keras_ean.run.report import captions, figures, table
from keras_ean.run.report.rows import rows
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.search import Search
from keras_ean.run.verdict import Verdict


@dataclass(frozen=True)
class Report:
    """Writes report.md and figures anew each time.

    Args:
        context: of the run.
        search: whose scheme and evaluations are shown.
        networks: that are compared; what is not trained yet will be.
        verdict: the answer of the run.
    """

    context: Context
    search: Search
    networks: Sequence[Network]
    verdict: Verdict

    def __call__(self) -> Path:
        """Returns the folder of the report."""
        context, folder, verdict = self.context, self.context.folder, self.verdict
        trainings, scheme, title = measured(context, self.networks), self.search(), context.title
        tuner, found, marked = self.search.tuner(), rows(trainings), captions.marked(verdict)
        evaluations, conclusion = tuner.evaluations(), str(tuner.conclusion())
        own = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
        schemes, scores = [one.scheme for one in own], [one.metrics["accuracy"] for one in own]
        effects = effects_of(evaluations, images=not tuner.plan.repeats)
        explained = captions.effects(effects, verdict)
        for name, figure in {
            "comparison": figures.comparison_figure(found, title, verdict),
            "search": figures.search_figure(schemes, scores, marked, title),
            "effects": forest_figure(effects, title, marked=marked, explained=explained),
            "scheme": figures.scheme_figure(
                scheme, context.config.attention.name, f"{title}\n{captions.scheme(verdict)}", context.config.share
            ),
        }.items():
            save_figure(figure, folder.report / f"{name}.png")
        seen = self.seen(trainings)
        parts = {
            f"# {title}": str(verdict),
            "## The compared networks": f"{table.markdown(found, recommended=verdict.recommended)}\n{seen}",
            "![Accuracies and costs of the compared networks](comparison.png)": captions.comparison(verdict),
            "## What the search estimates": f"{conclusion}\n{captions.agreement(verdict)}",
            "![The scores of the search](search.png)": captions.search(marked),
            "![What each block is worth](effects.png)": explained,
            "![Where the found scheme has attention](scheme.png)": "",
        }
        folder.write(folder.report / "report.md", "\n\n".join(map(section, parts, parts.values())).rstrip() + "\n")
        context.console.print(f"{verdict}\n", highlight=False)
        context.console.print(table.rich_table(found, title, recommended=verdict.recommended))
        context.console.print(f"{seen}\n\n{conclusion}\n{captions.agreement(verdict)}", highlight=False)
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


def section(head: str, text: str) -> str:
    """A part of the report in Markdown; every line of the text is a paragraph, but for a table's."""
    lines = text.replace("\n", "\n\n").replace("|\n\n|", "|\n|")
    return f"{head}\n\n{lines}".rstrip()
