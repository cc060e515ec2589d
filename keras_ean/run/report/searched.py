"""What the search of a run has shown: its sections of the report."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.measure import forest_figure
from keras_ean.run.front import Scored
from keras_ean.run.pareto import Pareto
from keras_ean.run.report import captions, figures, front_table
from keras_ean.run.report.page import Part, Picture, Section, Text
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
            f"The scored schemes by {called} and cost",
            pareto_figure(scored, schemes, title),
            explained(scored, schemes),
        ),
    ]
    return Section(f"{called.capitalize()} against cost", parts)


def blocks(pareto: Pareto, verdict: Verdict, title: str, places: Sequence[str]) -> Section:
    """What connecting each block is worth."""
    tuner, unit = pareto.tuner, verdict.unit
    effects, images = worth(tuner, unit)
    explained, agreed = captions.effects(effects, verdict, images), captions.agreement(verdict)
    figure = forest_figure(effects, title, unit.points, captions.marked(verdict), f"{explained} {agreed}")
    parts: list[Part] = [Picture("effects", "What each block is worth", figure, explained)]
    if places:
        listed = ", ".join(f"{number} is {place}" for number, place in enumerate(places))
        parts.append(Text(f"Blocks are numbered in the order in which they run: {listed}."))
    return Section("What each block is worth", parts)


def course(pareto: Pareto, verdict: Verdict, title: str) -> Section:
    """How the search went, and what it concludes."""
    tuner, unit, marked = pareto.tuner, verdict.unit, captions.marked(verdict)
    own = [one for one in tuner.evaluations() if one.origin == "search"]
    scores = [one.metrics[unit.objective] for one in own]
    parts: list[Part] = [
        Text(f"{pareto.conclusion}\n{captions.agreement(verdict)}"),
        Picture(
            "search",
            "The scores of the search",
            figures.search_figure([one.scheme for one in own], scores, marked, title, unit),
            captions.search(marked, unit),
        ),
        *_policy(tuner.ledger.store.steps(), own[0].scheme.stages, title),
        _rewards(own, tuner.ledger.plan.reward, title, unit),
    ]
    return Section("How the search went", parts)


def _policy(steps: Sequence[dict], stages: Sequence[int], title: str) -> list[Part]:
    """Where the algorithm has a policy, how it moved."""
    policies = np.array([step["probabilities"] for step in steps if step["probabilities"] is not None])
    if not len(policies):
        return []
    return [
        Picture(
            "probabilities",
            "How likely the search connected each block, step by step",
            probabilities_figure(policies, stages, title),
            "Each row is a block and each column a step of the search: how likely its policy was to connect the block. "
            "It starts at one half everywhere. A row that turns to one colour is a block that the search has made up "
            "its mind about; where the policy jumps back to one half, it was started anew, to see whether it would end "
            "at the same scheme.",
        )
    ]


def _rewards(own: Sequence[Evaluation], reward: Reward, title: str, unit: Unit) -> Part:
    turn = 1.0 if unit.direction == "max" else -1.0
    known = {"objective": turn, "sparsity": reward.sparsity_weight, **{one.name: -one.weight for one in reward.costs}}
    weights = {name: known.get(name, 1.0) for name in own[0].parts if known.get(name, 1.0)}
    parts = (
        "Below it is each of its parts as it enters: the objective, which was measured, what the reward adds for "
        "leaving connections out (sparsity), and what it takes away for costs. Where the lower panels move more than "
        "the objective does, prices decide and not the images."
    )
    return Picture(
        "rewards",
        "The reward of every scheme in the order of scoring, and its parts",
        rewards_figure(own, weights, title),
        f"The reward is what the search maximises. {parts if len(weights) > 1 else 'Here it is the objective alone.'}",
    )
