"""What the compared networks cost beside their time, and the recommended one block by block: tables of a report."""

from collections.abc import Mapping, Sequence

from keras_ean import layer_names
from keras_ean.costing import prefixed
from keras_ean.run import networks
from keras_ean.run.context import Context
from keras_ean.run.measured import costs_file
from keras_ean.run.report.page import Table
from keras_ean.run.report.rows import Row


def tables(context: Context, recommended: str, found: Sequence[Row]) -> list[Table]:
    """The costs as they were counted when the networks were timed; none where an earlier version timed them.

    Args:
        context: The context of the run.
        recommended: The name of the recommended network.
        found: The rows of the compared networks.
    """
    kept = {name: facts for name, facts in (context.folder.json(costs_file(context)) or {}).items() if facts}
    if not kept:
        return []
    names = list(kept)
    drawn = "".join(
        f" Of {row.title} this is the first scheme, {row.schemes[0]}." for row in found if len(row.schemes) > 1
    )
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
        f"of it, which a training keeps, and the most that inference holds at once.{drawn}",
        names.index(recommended) if recommended in names else None,
    )
    architecture = context.architecture
    numbered = block_names(architecture.names.blocks(architecture.stages), architecture.blocks)
    return [several, *([_blocks(recommended, kept[recommended], numbered)] if recommended in kept else [])]


def _blocks(name: str, facts: dict, numbered: Mapping[str, str]) -> Table:
    return Table(
        ("block", "parameters", "operations", "of attention", "memory in training"),
        [
            (
                numbered.get(block["block"], block["block"]) or "outside of blocks",
                f"{block['parameters']:,}",
                prefixed(block["flops"]),
                prefixed(block["attention_flops"]),
                prefixed(block["activations"], "B"),
            )
            for block in facts["blocks"]
        ],
        "tnnnn",
        f"The recommended network, {networks.title(name)}, block by block, numbered in the order in which they run, as "
        "in all figures. keras-ean cost tells the same of every "
        "layer, and times formats of export.",
    )


def block_names(stages: Sequence[int], called: Sequence[str] = ()) -> dict[str, str]:
    """What reports call blocks, by what costs call them.

    Args:
        stages: Blocks per stage.
        called: What each block of a given model is called in it.

    Example:
        >>> block_names([1, 1]), block_names([1], ["add_3"])
        ({'stage_0_block_0': '0 (stage 0)', 'stage_1_block_0': '1 (stage 1)'}, {'add_3': '0 (add_3)'})
    """
    if called:
        known = {place: layer_names.block_of(place) for place in called}
        return {
            place if within is None else layer_names.block(*within): f"{number} ({place})"
            for number, (place, within) in enumerate(known.items())
        }
    blocks = [(stage, block) for stage, count in enumerate(stages) for block in range(count)]
    return {layer_names.block(*block): f"{number} (stage {block[0]})" for number, block in enumerate(blocks)}
