"""The names of layers that carry meaning, written and read in one place; models are saved under them.

Stages and blocks are counted from 0, blocks anew in each stage.
"""

import re

BLOCK = re.compile(r"stage_(\d+)_block_(\d+)_(?!attention$).+")
ATTENTION = re.compile(r"stage_(\d+)(?:_block_(\d+))?_attention")


def block(stage: int, block: int) -> str:
    """What the names of a residual block's layers begin with, before "_" and the layer's own part.

    Example:
        >>> block(0, 1)
        'stage_0_block_1'
    """
    return f"stage_{stage}_block_{block}"


def attention(stage: int, block: int | None = None) -> str:
    """The name of the attention module that serves a whole stage, or one block of it.

    Example:
        >>> attention(0), attention(0, 1)
        ('stage_0_attention', 'stage_0_block_1_attention')
    """
    return f"stage_{stage}_attention" if block is None else f"stage_{stage}_block_{block}_attention"


def block_of(name: str) -> tuple[int, int] | None:
    """(stage, block) of a layer in a residual block; None for the attention and for layers outside of blocks.

    Example:
        >>> block_of("stage_0_block_1_conv2"), block_of("stage_0_block_1_attention"), block_of("stem_conv")
        ((0, 1), None, None)
    """
    found = BLOCK.fullmatch(name)
    return found and (int(found[1]), int(found[2]))


def attention_of(name: str) -> tuple[int, int | None] | None:
    """(stage, block) that an attention module serves, the block being None for a whole stage; None for other layers.

    Example:
        >>> attention_of("stage_2_attention"), attention_of("stage_2_block_0_attention"), attention_of("stem_conv")
        ((2, None), (2, 0), None)
    """
    found = ATTENTION.fullmatch(name)
    return found and (int(found[1]), int(found[2]) if found[2] else None)
