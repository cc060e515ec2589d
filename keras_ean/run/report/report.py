"""Writing the report of a run from what its stages have kept: one page, as Markdown and as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from keras_ean.escaping import terminal
from keras_ean.measure import save_figure
from keras_ean.measure.svg import inline_svg, literally
from keras_ean.run import front
from keras_ean.run.context import Context
from keras_ean.run.effort import efforts, trainings, yardstick
from keras_ean.run.kept_curves import Curves, kept_curves, kind, seconds
from keras_ean.run.left_early import LeftEarly, left_early
from keras_ean.run.measured import measured
from keras_ean.run.pareto import Pareto
from keras_ean.run.report import (
    alternatives,
    captions,
    costs,
    curves,
    figures,
    origin,
    ranking,
    searched,
    shrunk,
    table,
)
from keras_ean.run.report.as_html import as_html
from keras_ean.run.report.as_markdown import as_markdown
from keras_ean.run.report.drawn import network
from keras_ean.run.report.looked import Looked
from keras_ean.run.report.page import Page, Picture, Section, Text
from keras_ean.run.report.rows import rows
from keras_ean.run.report.tested import OnTestImages
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.search import Search
from keras_ean.run.verdict import EVERYWHERE, RANDOM, Verdict
from keras_ean.scheme import Scheme
from keras_ean.search import Evaluation


@dataclass(frozen=True)
class Report:
    """Writes report.md, report.html and figures anew each time.

    Args:
        context: The context of the run.
        search: The search whose scheme and evaluations are shown.
        networks: The networks that are compared; what is not trained yet will be.
        verdict: The verdict of the run.
    """

    context: Context
    search: Search
    networks: Sequence[Network]
    verdict: Verdict

    def __call__(self) -> Path:
        """Returns the folder of the report."""
        folder, verdict, unit = self.context.folder, self.verdict, self.verdict.unit
        with literally():
            page = self.page()
            write(page, folder.report, self.context)
        folder.write_json(folder.report / front.FILE, self.pareto.scored.facts())
        folder.enter(folder.report)
        console = self.context.console
        say = partial(console.print, highlight=False, markup=False)
        say(terminal(f"{verdict}\n"))
        found = rows(self.measurements)
        console.print(table.rich_table(found, self.context.title, recommended=verdict.recommended, unit=unit))
        console.print(terminal(f"{self.seen()}\n{self.cost()}\n\n{self.pareto.conclusion}"))
        say(terminal(captions.agreement(verdict)))
        return folder.report

    @cached_property
    def measurements(self) -> list[dict]:
        return measured(self.context, self.networks)

    @cached_property
    def pareto(self) -> Pareto:
        return Pareto(self.context, self.search)

    @cached_property
    def curves(self) -> Curves:
        return kept_curves(self.context.folder, [one.work for one in self.networks])

    @cached_property
    def left_early(self) -> LeftEarly | None:
        """What left the supernet's training early."""
        return left_early(self.context.folder, self.context.config.attention.name)

    def page(self) -> Page:
        """What the report says."""
        context, verdict, title = self.context, self.verdict, self.context.title
        marked = captions.marked(verdict)
        random = {RANDOM: Scheme(verdict.costs[RANDOM].scheme)} if RANDOM in verdict.costs else {}
        ranked = ranking.section(context.folder, title, context.architecture.names.noun)
        images = OnTestImages(context, self.networks, verdict, title)
        seconds = self._seconds()
        looked = Looked(context, self.networks, images.names, title).sections() if images.classes else []
        sections = [
            Section("What the answer stands on", [Text("\n".join([*verdict.comparisons(), verdict.scope()]))]),
            *self._shrunk(),
            network(context, verdict, self.measurements, title),
            self._compared(title),
            searched.against_cost(self.pareto.scored, {**marked, **random}, title),
            searched.blocks(self.pareto, verdict, title, context.architecture.blocks, shrunk.note(self.left_early)),
            searched.course(self.pareto, verdict, title),
            *self._learned(title),
            origin.taken(self.cost(), self.seen(), seconds, origin.when(context.folder, sum(seconds.values()))),
            *ranked,
            *looked,
            origin.next_steps(context, verdict, bool(ranked)),
            images.section(),
            origin.origin(context),
        ]
        lead = [verdict.sentence(), verdict.recommendation(), *verdict.cautions]
        scored = self.pareto.tuner.evaluations()
        done = origin.about(context, verdict, len(scored), sum(one.origin == "random" for one in scored))
        return Page(title, verdict.pays, lead, sections, done, verdict.doubt)

    def _shrunk(self) -> list[Section]:
        """What left the supernet's training early; nothing where no space shrank."""
        shrinking, costs = self.context.config.shrinking, self.verdict.costs
        if shrinking is None or self.left_early is None:
            return []
        schemes = {**captions.marked(self.verdict), "everywhere": Scheme(costs[EVERYWHERE].scheme)}
        return [shrunk.section(self.left_early, schemes, shrinking.objective)]

    def _compared(self, title: str) -> Section:
        verdict, found = self.verdict, rows(self.measurements)
        picture = Picture(
            "comparison",
            alternatives.comparison(found, verdict),
            figures.comparison_figure(found, title, verdict),
            captions.comparison(verdict),
        )
        compared = table.table(found, recommended=verdict.recommended, unit=verdict.unit)
        return Section(
            "The compared networks", [compared, picture, *costs.tables(self.context, verdict.recommended, found)]
        )

    def _learned(self, title: str) -> list[Section]:
        """How the networks learned; nothing of those that an earlier version trained."""
        if not self.curves:
            return []
        figure = curves.curves_figure(self.curves, self.verdict.unit.objective, title)
        kinds = {kind(name) for name in self.curves}
        without = [one.compared.title for one in self.networks if one.seed == 0 and one.compared.name not in kinds]
        caption = (
            "Every line is a training, epoch by epoch; lines of one colour are seeds of one network. Solid: on the "
            "training images, dotted: on the validation images, where they were evaluated. Curves that still rise or "
            "fall at their end say that longer training would change the figures."
        )
        val_loss = any("val_loss" in epoch for epoch in self.curves.get("pretrain", ()))
        if val_loss and self.context.config.search.calibrate:
            caption += (
                " The supernet's validation line is of all blocks connected, with the BatchNorm statistics that it has "
                "gathered over all schemes. The search scores each scheme with statistics made for it alone, which is "
                "why the scores above may be higher than that line."
            )
        if without:
            caption += (
                f" Without a line: {', '.join(without)}; these have the scheme of another network, which was trained "
                "for both, or gates of another one that were folded."
            )
        unit = self.verdict.unit
        picture = Picture("curves", alternatives.curves(self.curves, unit), figure, caption)
        return [Section("How the networks learned", [picture, curves.table(self.curves, unit.objective)])]

    def _seconds(self) -> dict[str, float]:
        """The seconds of the run by what they were spent on."""
        scored = sum(one.seconds for one in (*self.pareto.tuner.evaluations(), *self.pareto.tuner.repeats()))
        parts = seconds(self.curves)
        folded = origin.folding(self.measurements)
        return {**parts, "the search's scores": scored, **({"folding": folded} if folded else {})} if parts else {}

    def cost(self) -> str:
        """What the run has cost, with all scores of its search."""
        context, config, images = self.context, self.context.config, self.context.images.numbers
        scored: list[Evaluation] = [*self.pareto.tuner.evaluations(), *self.pareto.tuner.repeats()]
        if "genetic" in config.compared:
            scored += Search(context, self.search.supernet, "evolution").tuner().evaluations()
        parts = efforts(config, images, context.architecture.stages, scored, self.measurements)
        each = ", ".join(f"{name} {trainings(config, images, {name: part}):.2f}" for name, part in parts.items())
        return (
            f"The run cost {trainings(config, images, parts):.2f} times what {yardstick(config)} costs, counted in "
            f"images that pass forward and backward: {each}."
        )

    def seen(self) -> str:
        """How many images each network has seen, the supernet included."""
        facts = next((facts for facts in self.measurements if "images_seen" in facts), None)
        if facts is None:  # Trained by an earlier version, which did not count them.
            return ""
        more = " more, from its weights" if facts["start"] == "supernet" else ", from random weights"
        supernet, own = facts["supernet_images_seen"], facts["images_seen"]
        return f"Images seen in training: the supernet {supernet:,}, each network {own:,}{more}."


def write(page: Page, folder: Path, context: Context) -> None:
    """report.md with its figures as PNG and SVG, and report.html, which has them in it."""
    drawings = {}
    for picture in page.pictures:
        save_figure(picture.figure, folder / f"{picture.name}.png")
        drawings[picture.name] = inline_svg(picture.figure, picture.name, picture.alternative)
        context.folder.write(folder / f"{picture.name}.svg", drawings[picture.name])
    context.folder.write(folder / "report.md", as_markdown(page))
    context.folder.write(folder / "report.html", as_html(page, drawings))
