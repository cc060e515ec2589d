"""What was measured of the compared networks: accuracies, costs, and the time of inference, all timed together."""

from collections.abc import Sequence
from pathlib import Path

import keras

from keras_ean.costing import cost
from keras_ean.measure import latencies
from keras_ean.run.context import Context
from keras_ean.run.networks import LATENCY_BATCH
from keras_ean.run.stages.network import Network

TIMES = ("latency_ms", "latency_range_ms")
"""The median of the calls, and their interquartile range, which an earlier version did not keep."""


def measured(context: Context, networks: Sequence[Network]) -> list[dict]:
    """The figures of every training, with the `TIMES` of inference of a batch; trains what is not trained.

    Inference is timed once for the same networks, one of each name in turn, and kept in report.json; networks of one
    scheme are the same to a clock, and are timed once. What they cost beside, block by block, is counted then and kept
    in costs.json.
    """
    figures = [network.figures() for network in networks]
    kept = context.folder.report / "report.json"
    before = context.folder.json(kept) or []
    if [{name: value for name, value in facts.items() if name not in TIMES} for facts in before] == figures:
        return before
    times = {facts["name"]: {name: facts[name] for name in TIMES if name in facts} for facts in before}
    if set(times) != {facts["name"] for facts in figures} or _schemes(before) != _schemes(figures):
        alike = first_alike(networks, figures)
        first = {one.compared.name: (one, facts) for one, facts in reversed([*zip(networks, figures, strict=True)])}
        models = {name: one.like(facts) for name, (one, facts) in first.items() if name in alike.values()}
        timed = latencies(models, context.images.sample(LATENCY_BATCH), LATENCY_BATCH)
        times = {name: dict(zip(TIMES, timed[other], strict=True)) for name, other in alike.items()}
        costs = {name: _counted(model) for name, model in models.items()}
        context.folder.write_json(costs_file(context), {name: costs[other] for name, other in alike.items()})
    found = [{**facts, **times[facts["name"]]} for facts in figures]
    context.folder.write_json(kept, found)
    return found


def costs_file(context: Context) -> Path:
    """Has what `ean.cost` counts of every compared network, by name; an earlier version wrote none."""
    return context.folder.report / "costs.json"


def _counted(network: keras.Model) -> dict | None:
    """Without the layers, which are many; None of a network whose inputs are of an open size."""
    try:
        facts = cost(network, rounds=0).facts()
    except ValueError:
        return None
    return {name: value for name, value in facts.items() if name not in ("layers", "latencies")}


def first_alike(networks: Sequence[Network], figures: Sequence[dict]) -> dict[str, str]:
    """By name, the first network that computes the same: of one scheme, with modules as many and the same gates folded,
    as the first training of either has them."""
    firsts: dict[tuple, str] = {}
    alike: dict[str, str] = {}
    for one, facts in zip(networks, figures, strict=True):
        name = one.compared.name
        key = facts["scheme"], one.compared.share, tuple(facts.get("folded", ()))
        if name not in alike:
            alike[name] = firsts.setdefault(key, name)
    return alike


def _schemes(figures: Sequence[dict]) -> dict[str, str]:
    """The scheme of each network's first training, by name."""
    return {facts["name"]: facts["scheme"] for facts in reversed(figures)}
