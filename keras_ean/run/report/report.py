"""Writing the report of a run from what its stages have kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from keras_ean.measure import effects_of, forest_figure, save_figure
from keras_ean.run.context import Context
from keras_ean.run.effort import efforts, trainings
from keras_ean.run.measured import measured
from keras_ean.run.pareto import Pareto
from keras_ean.run.report import captions, figures, table
from keras_ean.run.report import pareto as front
from keras_ean.run.report.rows import rows
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.search import Search
from keras_ean.run.unit import ACCURACY
from keras_ean.run.verdict import Verdict
from keras_ean.search import Evaluation


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
        measurements, scheme, title = measured(context, self.networks), self.search(), context.title
        found, marked, pareto = rows(measurements), captions.marked(verdict), Pareto(context, self.search)
        unit = verdict.unit
        tuner = pareto.tuner
        agreed = captions.agreement(verdict)
        evaluations, conclusion = tuner.evaluations(), f"{tuner.conclusion()}\n{agreed}"
        own = [evaluation for evaluation in evaluations if evaluation.origin == "search"]
        schemes, scores = [one.scheme for one in own], [one.metrics[unit.objective] for one in own]
        images = not tuner.ledger.plan.repeats and unit == ACCURACY
        effects = effects_of(evaluations, unit.factor, unit.direction, images=images)
        fronts = {"pareto": front.pareto_figure(pareto, scheme, title)} if unit == ACCURACY else {}
        explained = captions.effects(effects, verdict)
        for name, figure in {
            "comparison": figures.comparison_figure(found, title, verdict),
            "search": figures.search_figure(schemes, scores, marked, title, unit),
            "effects": forest_figure(effects, title, marked=marked, explained=f"{explained} {agreed}"),
            **fronts,
            "scheme": figures.scheme_figure(
                scheme, context.config.attention.name, f"{title}\n{captions.scheme(verdict)}", context.config.share
            ),
        }.items():
            save_figure(figure, folder.report / f"{name}.png")
        seen, cost = self.seen(measurements), self.cost([*evaluations, *tuner.repeats()])
        networks = table.markdown(found, recommended=verdict.recommended, unit=unit)
        parts = {
            f"# {title}": str(verdict),
            "## The compared networks": f"{networks}\n{seen}\n{cost}",
            "![Accuracies and costs of the compared networks](comparison.png)": captions.comparison(verdict),
            "## What the search estimates": conclusion,
            "![The scores of the search](search.png)": captions.search(marked, unit),
            "![What each block is worth](effects.png)": explained,
            "![Where the found scheme has attention](scheme.png)": "",
        }
        if fronts:
            parts["## Accuracy against cost"] = front.markdown(pareto)
            parts["![The scored schemes by accuracy and cost](pareto.png)"] = front.caption(pareto)
        text = "\n\n".join(map(section, parts, parts.values()))
        folder.write(folder.report / "report.md", f"{text}\n")
        folder.enter(folder.report)
        context.console.print(f"{verdict}\n", highlight=False)
        context.console.print(table.rich_table(found, title, recommended=verdict.recommended, unit=unit))
        context.console.print(f"{seen}\n{cost}\n\n{conclusion}", highlight=False)
        return folder.report

    def cost(self, scored: Sequence[Evaluation]) -> str:
        """What the run has cost, with all these scores of its search."""
        context, config, images = self.context, self.context.config, self.context.images.numbers
        if "genetic" in config.compare:
            scored = [*scored, *Search(context, self.search.supernet, "evolution").tuner().evaluations()]
        parts = efforts(config, images, context.architecture.stages, scored)
        each = ", ".join(f"{name} {trainings(config, images, {name: part}):.2f}" for name, part in parts.items())
        return (
            f"The run cost {trainings(config, images, parts):.2f} trainings of the network without attention, counted "
            f"in images that pass forward and backward: {each}."
        )

    @staticmethod
    def seen(figures: Sequence[dict]) -> str:
        """How many images each network has seen, the supernet included."""
        facts = next((facts for facts in figures if "images_seen" in facts), None)
        if facts is None:  # Trained by an earlier version, which did not count them.
            return ""
        more = " more, from its weights" if facts["start"] == "supernet" else ", from random weights"
        supernet, own = facts["supernet_images_seen"], facts["images_seen"]
        return f"Images seen in training: the supernet {supernet:,}, each network {own:,}{more}."


def section(head: str, text: str) -> str:
    """A part of the report in Markdown; every line of the text is a paragraph, but for a table's."""
    lines = [line for line in text.split("\n") if line]
    gaps = ["\n" if one[0] == other[0] == "|" else "\n\n" for one, other in pairwise([head, *lines])]
    return "".join([head, *(gap + line for gap, line in zip(gaps, lines, strict=True))])
