"""The networks of a run, drawn block by block."""

from collections.abc import Sequence

from keras_ean import layer_names
from keras_ean.run import networks
from keras_ean.run.context import Context
from keras_ean.run.networks import FOUND
from keras_ean.run.report import alternatives, captions, figures
from keras_ean.run.report.page import Picture, Section
from keras_ean.run.verdict import Verdict
from keras_ean.scheme import Scheme


def network(context: Context, verdict: Verdict, measurements: Sequence[dict], title: str) -> Section:
    """The recommended network, and the found one where it is another."""
    gates = {facts["name"]: facts.get("folded", ()) for facts in measurements}
    recommended = verdict.recommended
    if captions.BOTH in captions.marked(verdict) and not gates[recommended]:
        named = {FOUND: captions.BOTH}
    else:
        named = {recommended: f"recommended network, {networks.title(recommended)}", FOUND: f"{FOUND} network"}
    return Section("The network", [_picture(context, verdict, name, gates[name], named[name], title) for name in named])


def _picture(context: Context, verdict: Verdict, name: str, gates: Sequence[str], called: str, title: str) -> Picture:
    scheme, module = Scheme(verdict.costs[name].scheme), context.config.attention.name
    folded, share = (
        folded_places(gates, scheme, len(context.architecture.names.modules)),
        context.config.share and networks.get(name).share,
    )
    figure = figures.scheme_figure(scheme, module, f"{title}\n{called}: {scheme}", share, folded)
    caption = captions.scheme(called, scheme, module, share, folded)
    alternative = alternatives.scheme(called, scheme, module, share, folded)
    return Picture("scheme" if name == FOUND else "recommended", alternative, figure, caption)


def folded_places(gates: Sequence[str], scheme: Scheme, per_block: int = 1) -> list[int]:
    """Numbers of the places whose gates, by the names that folding gives them, are constants now.

    Args:
        gates: The names of the gates.
        scheme: The scheme of the network.
        per_block: The number of places at each block.

    Example:
        >>> folded_places(["stage_0_attention/1", "stage_1_attention", "stage_1_block_1_attention"], Scheme("01 11"))
        [1, 2, 3]
        >>> folded_places(["stage_0_block_1_attention"], Scheme("1001"), per_block=2)
        [3]
    """
    first = [sum(scheme.stages[:stage]) for stage in range(len(scheme.stages))]
    found = []
    for gate in gates:
        layer, _, place = gate.partition("/")
        served = layer_names.attention_of(layer)
        if place:
            found.append(int(place))
        elif served is not None:  # The module serves one place alone.
            stage, block = served
            start = first[stage] + per_block * (block or 0)
            found.append(next(number for number in range(start, len(scheme)) if scheme.bits[number]))
    return found
