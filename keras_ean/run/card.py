"""A model card to publish a run's network with, in Hugging Face's format: a block of YAML, then Markdown."""

from typing import Any

import yaml

from keras_ean import __version__
from keras_ean.exporting.receipt import receipt_path
from keras_ean.place_names import PlaceNames
from keras_ean.run import shown
from keras_ean.run.folder import read_json
from keras_ean.run.kept import KeptRun
from keras_ean.run.left_early import left_early
from keras_ean.run.report import table
from keras_ean.run.report.as_markdown import as_markdown
from keras_ean.run.report.page import Code, Page, Section, Text
from keras_ean.run.verdict import NONE, Verdict
from keras_ean.scheme import Scheme

TASK = {"type": "image-classification", "name": "Image Classification"}
PAPER = "https://arxiv.org/abs/2011.14058"


def card(run: KeptRun, license: str | None = None) -> str:
    """The text of README.md.

    Args:
        run: The run, which has a verdict.
        license: The license of the network, by the identifier that Hugging Face knows, such as "apache-2.0"; not named
            if None.

    Raises:
        FileNotFoundError: The run has no verdict yet.
    """
    verdict, found = run.verdict(), run.rows()
    [own] = [row.accuracies[0] for row in found if row.name == verdict.recommended]
    page = Page(
        f"{run.network} on {run.data}",
        verdict.pays,
        [
            f"An image network, {run.network}. keras_ean {__version__} searched for the blocks in which attention "
            f"({run.config.attention.name}) pays, by the method of [arXiv {PAPER[-10:]}]({PAPER}).",
            verdict.sentence(),
            verdict.recommendation(),
            *verdict.cautions,
        ],
        [
            Section("Use", [Text(used(run, verdict, own))]),
            Section("Figures", [table.table(found, recommended=verdict.recommended, unit=verdict.unit)]),
            Section("Data", [Text(of_data(run, verdict))]),
            Section("Exports and their receipts", [Text(receipts(run))]),
            Section("Limits", [Text("\n".join([limits(verdict), *of_supernet(run, verdict)]))]),
            Section("How it was made", [Text("The configuration of the run:"), Code(shown.as_yaml(run.config))]),
        ],
    )
    block = yaml.safe_dump(metadata(run, verdict, own, license), sort_keys=False, allow_unicode=True)
    return f"---\n{block}---\n\n{as_markdown(page)}"


def metadata(run: KeptRun, verdict: Verdict, own: float, license: str | None) -> dict[str, Any]:
    """The block of YAML, as https://github.com/huggingface/hub-docs/blob/main/modelcard.md describes it.

    Args:
        run: Run with a verdict.
        verdict: The verdict of the run.
        own: The objective of the one training whose file is published.
        license: License as for `card`.
    """
    classes = bool(run.class_names())
    unit = verdict.unit
    metric = {"type": unit.objective, "value": round(own, 4), "name": f"{unit.called} of this file"}
    dataset = {"name": run.data, "type": run.data, "split": "test"}
    result = {
        "task": TASK if classes else {"type": "other", "name": "Images"},
        "dataset": dataset,
        "metrics": [metric],
    }
    return {
        **({"license": license} if license else {}),
        "library_name": "keras",
        **({"pipeline_tag": TASK["type"]} if classes else {}),
        "tags": ["keras", "keras-ean", "attention", run.config.attention.name, run.network],
        "datasets": [run.data],
        "metrics": [unit.objective],
        "model-index": [{"name": f"{run.network}-{run.config.attention.name}", "results": [result]}],
    }


def used(run: KeptRun, verdict: Verdict, own: float) -> str:
    """How the network is read, and what this one training of it reaches; args: as `metadata`."""
    unit, name = verdict.unit, verdict.recommended
    mean = unit.value(verdict.accuracy[name], verdict.intervals[name])
    reaches = f"On the test images this file has {unit.called} {unit.value(unit.turned(own))}"
    if verdict.seeds > 1:
        reaches += (
            f"; the figures below are means over the {verdict.seeds} trainings of this network, of which it is the "
            f"first: {mean}, with the interval for other trainings and other images"
        )
    costs = verdict.costs[verdict.recommended]
    names, bits = PlaceNames(run.config.attention.name), Scheme(costs.scheme).bits
    on = [place for place, bit in enumerate(bits) if bit]
    where = f" ({names.listed(on)})" if on and names.several else ""
    return (
        f"The network has attention at {costs.live} of {len(bits)} {names.noun}s{where}: scheme {costs.scheme}, one "
        f"sign for each {names.noun}, stage by stage. It is the file networks/{name}-0/model.keras of the run, read by "
        "`keras.models.load_model` after `import keras_ean`; the exports below are of the same training, and need no "
        f"keras_ean. {reaches}."
    )


def of_data(run: KeptRun, verdict: Verdict) -> str:
    """Images and classes."""
    numbers, names = run.numbers(), run.class_names()
    counted = ", ".join(f"{count:,} for {split}" for split, count in numbers.items())
    several = f" in {len(names)} classes: {', '.join(names[:50])}{', …' if len(names) > 50 else ''}" if names else ""
    return (
        f"{run.data}: images {counted or 'in numbers that were not kept'}{several}. Figures are those of the "
        f"{verdict.tested}, on which nothing was trained and nothing was chosen but the network itself."
    )


def receipts(run: KeptRun) -> str:
    """What each export proved about itself."""
    lines = []
    for artefact in sorted(run.folder.exports.iterdir()) if run.folder.exports.is_dir() else ():
        if (file := receipt_path(artefact)).is_file():
            facts = read_json(file)
            same = (
                f", and {100 * facts['top1_agreement']:.1f} % of its classes are the same" if run.class_names() else ""
            )
            lines.append(
                f"- {facts['format']} ({artefact.name}): read back in a fresh process, its outputs differ from the "
                f"network's by {facts['max_difference']:.1e} at the most ({facts['tolerance']:.1e} are allowed)"
                f"{same}; {facts['size_bytes'] / 1e6:.2f} MB."
            )
    return "\n".join(lines) or f"None yet: keras-ean export {run.folder.path.name} writes one, with its receipt."


def of_supernet(run: KeptRun, verdict: Verdict) -> list[str]:
    """What left the supernet's training early; nothing where no space shrank."""
    left = left_early(run.folder, run.config.attention.name)
    return [] if left is None else [left.sentence(sum(verdict.costs[NONE].scheme.count(bit) for bit in "01"))]


def limits(verdict: Verdict) -> str:
    """What the figures do not say."""
    return "\n".join(
        [
            *verdict.comparisons(),
            verdict.scope(),
            "The network was tested on images of the same source as those it was trained on. How it does on other "
            "images is not known, nor whether it treats groups of people or things in them alike.",
            *verdict.advice(),
        ]
    )
