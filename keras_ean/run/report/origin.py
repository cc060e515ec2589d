"""How a run came about: what it cost, how long it took, and all that is needed to do it again."""

import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Any

from keras_ean.files import read_object
from keras_ean.place_names import PlaceNames
from keras_ean.progress_bar import duration
from keras_ean.run import networks, shown
from keras_ean.run.context import Context
from keras_ean.run.folder import RunFolder
from keras_ean.run.model_source import GIVEN_IMAGES
from keras_ean.run.report.page import Code, Section, Table, Text
from keras_ean.run.scoring import needs_supernet
from keras_ean.run.verdict import NONE, Verdict


def about(context: Context, verdict: Verdict, schemes: int, random: int = 0) -> str:
    """What a run does, for a reader who has never seen one.

    Args:
        context: The context of the run.
        verdict: The verdict of the run.
        schemes: The number of schemes that were scored.
        random: The number of these that random search alone has scored, for comparison.
    """
    config = context.config
    scheme = verdict.costs[NONE].scheme
    places, names = sum(scheme.count(bit) for bit in "01"), PlaceNames(config.attention.name)
    where = f"{places} places: {names.counted(places)}, in this order" if names.several else f"{places} blocks"
    times = "once" if verdict.seeds == 1 else f"{verdict.seeds} times"
    alike = ", which leaves them much alike" if verdict.seeds > 1 else ""
    start = f"from its weights{alike}" if config.start == "supernet" else "from random weights"
    drawn = f", {random:,} of them by random search alone" if random else ""
    supernet = (
        f"One network in which attention can be switched on and off block by block, the supernet, was trained, and "
        f"{schemes:,} ways to switch it, the schemes, were scored with it on validation images{drawn}."
        if needs_supernet(config)
        else f"{schemes:,} choices of {names.noun}s, the schemes, were scored on validation images{drawn}."
    )
    images = "the given images" if config.data.name == GIVEN_IMAGES else f"the images {shown.data_name(config)}"
    return (
        f"Attention, here the module {config.attention.name}, is a small addition to a block of a network that weighs "
        f"what the block computes. The question is whether it is worth its price in {shown.network_name(config)} on "
        f"{images}, and in which of the {where}. {supernet} Then the networks below were "
        f"trained {times} each, {start}, and tested on {verdict.tested}, which nothing else had seen."
    )


def taken(cost: str, seen: str, seconds: Mapping[str, float], when: str) -> Section:
    """What the run has cost.

    Args:
        cost: The part of a sentence on the cost, in trainings.
        seen: The part of a sentence on the images that every training saw.
        seconds: The seconds by what they were spent on; there are none of a run that an earlier version trained.
        when: The part of a sentence on when it was, from and to.
    """
    parts = [(part, duration(spent)) for part, spent in seconds.items()]
    total = "trainings, search and folding together" if "folding" in seconds else "trainings and search together"
    times = Table(
        ("part", "h:mm:ss"),
        [*parts, (total, duration(sum(seconds.values())))],
        "tn",
        "Time that trainings, scores, and folding with the tests of what was folded have taken on this machine, all "
        "seeds together. Building networks, other tests, timing and exports come on top, and so does the start of "
        "programs.",
    )
    return Section("What the run has cost", [Text(f"{cost}\n{seen}\n{when}"), *([times] if seconds else [])])


def folding(figures: Sequence[Mapping[str, Any]]) -> float:
    """The seconds in which gates were folded: a folded network's are those of the one that it was made of, and these.

    Args:
        figures: The figures of every training and every folded network.
    """
    seconds = {(facts["name"], facts["seed"]): facts.get("seconds", 0.0) for facts in figures}
    bases = {(name, seed): (networks.get(name).folds, seed) for name, seed in seconds}
    return sum(spent - seconds[bases[one]] for one, spent in seconds.items() if bases[one] in seconds)


def when(folder: RunFolder, spent: float = 0.0) -> str:
    """When the run began, and when the last of its figures was kept; empty if it has none yet, or if its files are
    copies, whose times leave less than the seconds that were `spent`.

    The verdict's file does not tell, since every report writes it anew.
    """
    files = folder.versions_file, folder.report / "report.json"
    if not all(file.is_file() for file in files):
        return ""
    first, last = (file.stat().st_mtime for file in files)
    if last - first < spent:
        return ""
    began, ended = (time.strftime("%Y-%m-%d at %H:%M:%S", time.localtime(one)) for one in (first, last))
    return f"The run began on {began}, and its last figures were kept on {ended}; interruptions are within."


def origin(context: Context) -> Section:
    """Configuration, seeds, versions, machine and command."""
    folder, config = context.folder, context.config
    kept = read_object(folder.versions_file) if folder.versions_file.is_file() else {}
    machine = kept.pop("machine", "not kept by the version that began the run")
    trainings = "one training" if config.repeats == 1 else f"{config.repeats} trainings"
    facts = {
        "machine": machine,
        "seeds": f"{config.seed} of supernet and search; {trainings} of each network, with "
        f"{', '.join(str(config.seed + seed) for seed in range(config.repeats))}",
        **{name: str(version) for name, version in kept.items() if name != "format"},
    }
    again = f"keras-ean run {shlex.quote(str(shown.place(folder.path) / folder.config_file.name))} --out ANOTHER_FOLDER"
    said = f"The same run anew: {again}" if config.model is None else "The same call in another folder does it anew."
    return Section(
        "How it was made",
        [
            Table(
                ("what", "value"), list(facts.items()), "tt", "Machine and versions are those that the run began with."
            ),
            Text(f"{said}\nThis is its whole configuration, config.yaml in the folder of the run:"),
            Code(shown.as_yaml(config)),
        ],
    )


def next_steps(context: Context, verdict: Verdict, ranked: bool) -> Section:
    """What to do with the answer."""
    run, config = shlex.quote(str(shown.place(context.folder.path))), context.config
    rows = []
    if context.images.facts.class_names:
        rows.append(("see what the recommended network says of your photos", f"keras-ean predict {run} PHOTO"))
    if not config.export:
        rows.append(("write the recommended network as a SavedModel, proven to be equal", f"keras-ean export {run}"))
    rows.append(("write a model card to publish the network with", f"keras-ean card {run}"))
    if not ranked and config.model is None:
        rows.append(("find out whether the scores of the search can be trusted", f"keras-ean rank {run}"))
    rows.append(
        ("put this run beside one with another module, backbone or seed", f"keras-ean compare {run} ANOTHER_RUN")
    )
    advice = verdict.advice()
    said = {
        "yes": "Attention pays: take the recommended network.",
        "no": "Attention does not pay here: take the network without it, unless another module does better.",
        "undecided": "The answer is open. Either take the recommended network, which is the best guess, or decide it.",
    }[verdict.pays]
    return Section(
        "What to do next",
        [Text("\n".join([said, *advice])), Table(("to", "command"), rows, "tc")],
    )
