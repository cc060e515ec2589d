"""What the figures of a report show, in whole sentences, and why one of them may name what another does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_ean.measure import figure_style as style
from keras_ean.measure.effects import Effects
from keras_ean.place_names import BLOCKS, PlaceNames
from keras_ean.run.networks import FOUND
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.run.verdict import NONE, Verdict
from keras_ean.scheme import Scheme

BOTH, RECOMMENDED = f"{FOUND} and recommended", "recommended"


def marked(verdict: Verdict) -> dict[str, Scheme]:
    """The found and the recommended scheme by what figures call them; one entry where they are the same."""
    found, recommended = (Scheme(verdict.costs[name].scheme) for name in (FOUND, verdict.recommended))
    return {BOTH: found} if found == recommended else {FOUND: found, RECOMMENDED: recommended}


def marker(name: str) -> dict[str, Any]:
    """How figures mark the scheme that is called so."""
    found = name.startswith(FOUND)
    color = style.RECOMMENDED if name.endswith(RECOMMENDED) else style.FOUND if found else "black"
    return {"marker": "*", "s": 160, "color": color} if found else {"marker": "D", "s": 60, "color": color}


def comparison(verdict: Verdict) -> str:
    """The caption of the compared networks' accuracies and costs."""
    noise = f"{verdict.seeds} trainings and of {verdict.others}" if verdict.seeds > 1 else verdict.others
    found = " Red is what the search found." if verdict.recommended != FOUND else ""
    return (
        f"Left: the {verdict.unit.called} on {verdict.tested}, with a 95 % interval that holds the noise "
        f"of {noise}. Networks were tested on the same images, so that their differences, which the verdict gives, are "
        "known better than these intervals suggest. Middle and right: what attention costs; a time's line is the range "
        "of the middle half of its calls. The verdict recommends the "
        f"blue network, {verdict.costs[verdict.recommended].title}.{found}"
    )


def search(schemes: Mapping[str, Scheme], unit: Unit = ACCURACY, names: PlaceNames = BLOCKS) -> str:
    """The caption of the scores of the search."""
    empty = RECOMMENDED in schemes and not schemes[RECOMMENDED].density
    return (
        f"Left: the validation {unit.called} of every scheme in the order in which the search scored it. Right: the "
        f"same against the number of {names.noun}s with attention. The found scheme is the one of the highest expected "
        "reward, which is not always that of the best score, since the best of many noisy scores is partly luck."
        + (" The verdict, which judges trained networks by other images, recommends no attention." if empty else "")
    )


def held(images: bool, noun: str = "block") -> str:
    """What the intervals of effects hold; args: `images` as `effects`, and what they are effects of."""
    alone = f"for what {noun}s alone do not explain, which other images widen"
    return "for other validation images" if images else alone


def effects(found: Effects, verdict: Verdict, images: bool, unit: Unit = ACCURACY) -> str:
    """The caption of the effects of the blocks.

    Args:
        found: The effects that are drawn.
        verdict: The verdict of the run.
        images: Whether the intervals hold the noise of the validation images.
        unit: The unit of the objective of the search.
    """
    noise = held(images, found.names.noun)
    noun = found.names.noun
    each = f"{noun}, one of the modules at one block" if found.names.several else noun
    below = f"Below the line is by how much more, or less, two {noun}s or stages are worth together. "
    pairs = below if found.interactions else ""
    moves, points = "changes" if unit.direction == "max" else "falls", ", in points" if unit.share else ""
    return (
        f"Each row is a {each}: by how much the validation {unit.called} of the search {moves} where it has attention"
        f"{points}, on average over all other {noun}s, with a 95 % interval {noise}. A {noun} is worth its price if "
        "the whole interval is above the price that the reward puts on it, and undecided if the interval holds the "
        f"price. {pairs}{found.taken_alone(verdict.costs[FOUND].scheme)}{_against(found, verdict)}"
    )


def _against(found: Effects, verdict: Verdict) -> str:
    """A sentence where the recommended network connects what the effects do not call worth it; else empty."""
    costs = verdict.costs[verdict.recommended]
    bits = Scheme(costs.scheme).bits
    against = [place for place, bit in enumerate(bits) if bit and found.blocks[place].decided != "on"]
    if not against:
        return ""
    named = found.names.listed(against)
    return (
        f" The recommended network, {costs.title}, connects {named}, not shown here to be worth it: both stand, since "
        "these are means over schemes in the supernet, and the verdict tests whole networks on other images."
    )


def scheme(name: str, scheme: Scheme, module: str, share: bool, folded: Sequence[int] = ()) -> str:
    """The caption of a network that is drawn block by block."""
    names = PlaceNames(module)
    if not any(scheme.bits):
        each = "each of their places" if names.several else "each"
        return (
            f"{name[0].upper()}{name[1:]}, from left to right: each box is a residual block. No block is connected to "
            f"attention: its scheme, {scheme}, has a 0 for {each}."
        )
    one, signs = ("one of each" if names.several else "one"), "one sign for each block"
    several = (
        f"{one} for all connected blocks of a stage, which share its weights" if share else f"{one} for each block"
    )
    if names.several:
        *first, last = names.modules
        signs = f"of each block one sign for {', '.join(first)} and one for {last}"
    gone = (
        " A dashed line is a connection whose gate was found to be a constant and is folded into the layers around it: "
        "it costs nothing any more."
    )
    return (
        f"{name[0].upper()}{name[1:]}, from left to right: each box is a residual block, and each box above it a "
        f"module of attention ({module}), {several}. A block that a line connects has its output weighed by that "
        f"module; the others compute without attention. In short this is the scheme {scheme}: {signs}, 1 where "
        f"it is connected; blanks part the stages.{gone if folded else ''}"
    )


def agreement(verdict: Verdict) -> str:
    """Says in a sentence how the search's estimate relates to what the verdict recommends."""
    found, recommended = verdict.costs[FOUND].scheme, verdict.costs[verdict.recommended]
    if found == recommended.scheme:
        return f"Search and verdict agree on {found}."
    if verdict.recommended != verdict.best:
        why = (
            f"this is the cheapest that is surely at most {verdict.unit.amount(verdict.tolerance)} worse than the best"
        )
    else:
        why = "nothing is cheaper" if verdict.recommended == NONE else "no cheaper one is shown to be as good"
    return (
        f"The search found {found} by validation images; the verdict recommends {recommended.scheme} "
        f"({recommended.title}), for it judges trained networks by test images, and {why}."
    )
