"""What the search of a run has shown: its sections of the report."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.measure import forest_figure
from keras_ean.measure.effects import Effect, Effects
from keras_ean.measure.forest import LABELS
from keras_ean.place_names import PlaceNames
from keras_ean.run.front import Scored
from keras_ean.run.pareto import Pareto
from keras_ean.run.report import alternatives, captions, figures, front_table
from keras_ean.run.report.page import Part, Picture, Section, Table, Text
from keras_ean.run.report.pareto import explained, pareto_figure
from keras_ean.run.report.search_figures import probabilities_figure, rewards_figure
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import Verdict
from keras_ean.run.worth import worth
from keras_ean.scheme import Scheme
from keras_ean.search import Evaluation, Reward


def against_cost(scored: Scored, schemes: Mapping[str, Scheme], title: str) -> Section:
    """Every scored scheme by the objective and by what it costs."""
    called = scored.unit.called
    parts: list[Part] = [
        front_table.table(scored),
        Picture(
            "pareto",
            alternatives.front(scored),
            pareto_figure(scored, schemes, title),
            explained(scored, schemes),
        ),
    ]
    return Section(f"{called.capitalize()} against cost", parts)


def blocks(pareto: Pareto, verdict: Verdict, title: str, called: Sequence[str], note: str = "") -> Section:
    """What connecting each block is worth.

    Args:
        pareto: The scores of the search.
        verdict: The verdict of the run.
        title: The title of the figures.
        called: What each block of a given model is called in it.
        note: A sentence on which of these effects are not what they would be; empty if all are.
    """
    tuner, unit, attention = pareto.tuner, pareto.unit, pareto.context.config.attention.name
    effects, images = worth(tuner, unit, attention)
    explained, agreed = captions.effects(effects, verdict, images, unit), captions.agreement(verdict)
    figure = forest_figure(effects, title, unit.points, captions.marked(verdict), f"{explained} {agreed} {note}")
    parts: list[Part] = [
        Picture("effects", alternatives.effects(effects, unit), figure, explained),
        table(effects, unit),
    ]
    if note:
        parts.append(Text(note))
    if called:
        listed = ", ".join(f"{number} is {block}" for number, block in enumerate(called))
        parts.append(Text(f"Blocks are numbered in the order in which they run: {listed}."))
    return Section(f"What each {effects.names.noun} is worth", parts)


def table(effects: Effects, unit: Unit) -> Table:
    """The effects as the figure shows them, in numbers."""
    rows = [
        (
            f"{block.name} (stage {stage})",
            *_numbers(block, effects),
            alternatives.written(effects, block.price, ""),
            LABELS[block.decided],
        )
        for block, stage in zip(effects.blocks, np.repeat(range(len(effects.stages)), effects.stages), strict=True)
    ]
    rows += [(pair.name, *_numbers(pair, effects), "", "") for pair in effects.interactions]
    together = f"; {effects.interactions[0].name} are these two together" if effects.interactions else ""
    return Table(
        (effects.names.noun, "effect", "95 % interval", "price", "so it is"),
        rows,
        "tnnnt",
        f"Effects and prices in {unit.points}{together}.",
        summary="These effects in numbers",
    )


def _numbers(effect: Effect, among: Effects) -> tuple[str, str]:
    if not np.isfinite(effect.error):
        return "no estimate", ""
    value, low, high = (alternatives.written(among, value) for value in (effect.effect, effect.low, effect.high))
    return value, f"{low} to {high}"


def course(pareto: Pareto, verdict: Verdict, title: str) -> Section:
    """How the search went, and what it concludes."""
    tuner, unit, marked = pareto.tuner, pareto.unit, captions.marked(verdict)
    names = pareto.context.architecture.names
    own = [one for one in tuner.evaluations() if one.origin == "search"]
    scores = [one.metrics[unit.objective] for one in own]
    parts: list[Part] = [
        Text(f"{pareto.conclusion}\n{captions.agreement(verdict)}"),
        Picture(
            "search",
            alternatives.search([one.scheme for one in own], scores, marked, unit),
            figures.search_figure([one.scheme for one in own], scores, marked, title, unit, names),
            captions.search(marked, unit, names),
        ),
        *_policy(tuner.ledger.store.steps(), own[0].scheme.stages, title, names),
        _rewards(own, tuner.ledger.plan.reward, title, unit),
    ]
    return Section("How the search went", parts)


def _policy(steps: Sequence[dict], stages: Sequence[int], title: str, names: PlaceNames) -> list[Part]:
    """Where the algorithm has a policy, how it moved."""
    policies = np.array([step["probabilities"] for step in steps if step["probabilities"] is not None])
    if not len(policies):
        return []
    noun = names.noun
    return [
        Picture(
            "probabilities",
            alternatives.probabilities(policies, names),
            probabilities_figure(policies, stages, title, names),
            f"Each row is a {noun} and each column a step of the search: how likely its policy was to connect the "
            f"{noun}. It starts at one half everywhere. A row that turns to one colour is a {noun} that the search has "
            "made up its mind about; where the policy jumps back to one half, it was started anew, to see whether it "
            "would end at the same scheme. The found scheme is that of the highest expected reward, which need not be "
            "this one.",
        )
    ]


def _rewards(own: Sequence[Evaluation], reward: Reward, title: str, unit: Unit) -> Part:
    turn = 1.0 if unit.direction == "max" else -1.0
    known = {"objective": turn, "sparsity": reward.sparsity_weight, **{one.name: -one.weight for one in reward.costs}}
    weights = {name: known.get(name, 1.0) for name in own[0].parts if known.get(name, 1.0)}
    parts = (
        "Below it is each of its parts as it enters: the objective, which was measured, what the reward adds for "
        "leaving connections out (sparsity), and what it takes away for costs. Each panel has its own scale: where "
        "another part ranges over more than the objective does, prices decide and not the images."
    )
    return Picture(
        "rewards",
        alternatives.rewards(
            [one.reward for one in own],
            {name: [weight * one.parts[name] for one in own] for name, weight in weights.items()},
        ),
        rewards_figure(own, weights, title),
        f"The reward is what the search maximises. {parts if len(weights) > 1 else 'Here it is the objective alone.'}",
    )
