"""The networks that a run compares: their names, and how each comes by its scheme. The one place to add another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keras_ean.registry import unknown
from keras_ean.scheme import Scheme

LATENCY_BATCH = 64
"""Images whose inference is timed."""
FOLDING_IMAGES = 5_000
"""The most validation images that decide which gates are folded."""
Search = Callable[..., Scheme]
"""What the run's search finds, or with a name that of another oracle on the same supernet."""


@dataclass(frozen=True)
class Compared:
    """Describes one of the networks that are compared.

    Args:
        name: The name of the network in configurations, commands and folders, such as "shared".
        title: What reports call it, such as "everywhere".
        meaning: What it is, in a few words.
        scheme: A function from the stages, a seed and `search` to the scheme of the network; it calls `search` only if
            it needs what the search finds.
        share: Whether the blocks of a stage share one module as the configuration says; with False each block has its
            own.
        usual: Whether it is in every comparison; the others are compared if the configuration asks for them.
        folds: The name of the trained network whose gates it has folded; None if it is trained itself.
    """

    name: str
    title: str
    meaning: str
    scheme: Callable[[Sequence[int], int, Search], Scheme]
    share: bool = True
    usual: bool = True
    folds: str | None = None


def _random(stages: Sequence[int], seed: int, search: Search) -> Scheme:
    found = search()
    for number in range(seed, seed + 100):
        if (scheme := Scheme.random(stages, found.density, seed=number)) != found:
            break
    return scheme


def _evenly_spaced(stages: Sequence[int], seed: int, search: Search) -> Scheme:
    # Here, since NumPy would delay the command line's help, which names the networks.
    from keras_ean.search.algorithms.spaced import evenly_spaced

    found = search()
    return Scheme(evenly_spaced(len(found), sum(found.bits)), stages)


FOUND = "found"
_FOLDED = "its gates folded where that costs no more than the tolerance on validation images"
NETWORKS = {
    network.name: network
    for network in (
        Compared("plain", "no attention", "no attention", lambda stages, seed, search: Scheme.empty(stages)),
        Compared(
            "unshared",
            "everywhere, unshared",
            "attention in every block, with a module of its own",
            lambda stages, seed, search: Scheme.full(stages),
            share=False,
            usual=False,
        ),
        Compared("shared", "everywhere", "attention in every block", lambda stages, seed, search: Scheme.full(stages)),
        Compared(
            "random",
            "random",
            "a yardstick: as many blocks as the found scheme has, drawn at random",
            _random,
        ),
        Compared(
            "heuristic",
            "evenly spaced",
            "evenly spaced connections, as many as the found scheme has",
            _evenly_spaced,
            usual=False,
        ),
        Compared(
            "genetic",
            "genetic search",
            "what evolution finds on the same supernet and budget",
            lambda stages, seed, search: search("evolution"),
            usual=False,
        ),
        Compared(FOUND, "found", "what the search finds", lambda stages, seed, search: search()),
        Compared(
            "shared_folded",
            "everywhere, folded",
            f"attention in every block, {_FOLDED}",
            lambda stages, seed, search: Scheme.full(stages),
            usual=False,
            folds="shared",
        ),
        Compared(
            "found_folded",
            "found, folded",
            f"the found network, {_FOLDED}",
            lambda stages, seed, search: search(),
            usual=False,
            folds=FOUND,
        ),
    )
}
"""Name → network, in the order of a report."""

FOLDED = tuple(name for name, network in NETWORKS.items() if network.folds is not None)
"""Those that are trained networks with their gates folded."""
EVERYWHERE_FOLDED = FOLDED[0]
"""The one with the most gates to fold."""
RIVALS = tuple(name for name in NETWORKS if name != FOUND)
"""What the found network can be compared with."""
USUAL = tuple(name for name, network in NETWORKS.items() if network.usual)
NAMES = ", ".join(
    name if network.title in (name, name.replace("_", ", ")) else f"{name} ({network.title})"
    for name, network in NETWORKS.items()
)
"""All names in a sentence, with what reports call the networks."""


def folded(asked: bool | None) -> tuple[str, ...] | None:
    """Gives the value of the configuration's key `compare` that asks for networks with folded gates, or refuses them.

    Args:
        asked: True asks for them, False refuses them, and None leaves it to the run.
    """
    return None if asked is None else FOLDED if asked else ()


def folded_form(name: str) -> str:
    """Gives the name of the network that is this one with its gates folded; attention everywhere, folded, stands in for
    what has no such form, as a random scheme.

    Args:
        name: The name of a network that is trained.
    """
    return next((one for one in FOLDED if NETWORKS[one].folds == name), EVERYWHERE_FOLDED)


def get(name: str) -> Compared:
    """Gives the network of that name.

    Args:
        name: The name of a network, such as "plain", "shared" or "found".

    Raises:
        ValueError: The name is unknown; the message lists the known ones, or tells that it is what reports call one.
    """
    for one in NETWORKS.values():
        if name == one.title != one.name:
            raise ValueError(f"What reports call {name!r} is the network of the name {one.name!r}: ask for that.")
    if name not in NETWORKS:
        raise ValueError(unknown("network", name, NETWORKS))
    return NETWORKS[name]


def title(name: str) -> str:
    """Gives what reports call a network; a name that is not known stands for itself.

    Args:
        name: The name of the network.
    """
    return NETWORKS[name].title if name in NETWORKS else name
