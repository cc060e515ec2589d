"""What the compared networks cost beside their time, and the recommended one block by block: tables of a report."""

from keras_ean.costing import prefixed
from keras_ean.run import networks
from keras_ean.run.context import Context
from keras_ean.run.measured import costs_file
from keras_ean.run.report.page import Table


def tables(context: Context, recommended: str) -> list[Table]:
    """The costs as they were counted when the networks were timed; none where an earlier version timed them.

    Args:
        context: The context of the run.
        recommended: The name of the recommended network.
    """
    kept = {name: facts for name, facts in (context.folder.json(costs_file(context)) or {}).items() if facts}
    if not kept:
        return []
    names = list(kept)
    several = Table(
        ("network", "operations", "of attention", "parameters of attention", "memory in training", "in inference"),
        [
            (
                networks.title(name),
                prefixed(facts["flops"]),
                prefixed(facts["attention_flops"]),
                f"{facts['attention']:,}",
                prefixed(facts["activations"], "B"),
                prefixed(facts["peak"], "B"),
            )
            for name, facts in kept.items()
        ],
        "tnnnnn",
        "Counted for one image, not measured; parameters are those that training changes. Operations: a multiplication "
        "and an addition are two; then those of them that attention computes. Memory is that of what layers give: all "
        "of it, which a training keeps, and the most that inference holds at once.",
        names.index(recommended) if recommended in names else None,
    )
    return [several, *([_blocks(recommended, kept[recommended])] if recommended in kept else [])]


def _blocks(name: str, facts: dict) -> Table:
    return Table(
        ("block", "parameters", "operations", "of attention", "memory in training"),
        [
            (
                block["block"] or "outside of blocks",
                f"{block['parameters']:,}",
                prefixed(block["flops"]),
                prefixed(block["attention_flops"]),
                prefixed(block["activations"], "B"),
            )
            for block in facts["blocks"]
        ],
        "tnnnn",
        f"The recommended network, {networks.title(name)}, block by block. keras-ean cost tells the same of every "
        "layer, and times formats of export.",
    )
