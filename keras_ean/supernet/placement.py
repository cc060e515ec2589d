"""Which instance of the attention module serves which block, and the state that runs along a stage."""

from collections import Counter
from collections.abc import Sequence

from keras_ean import layer_names
from keras_ean.attention import Attention
from keras_ean.backbones import Backbone


def stages_of(backbone: Backbone, per_block: int) -> tuple[int, ...]:
    """The numbers of places for attention in each stage, with so many at every block."""
    return tuple(per_block * blocks for blocks in backbone.stages)


class Placement:
    """One module per stage (shared) or per block (unshared), invoked in the order of the blocks.

    Args:
        attention: The module whose options all instances take.
        stages: The numbers of places in each stage, as `stages_of` gives them.
        places: The places that will be called, in ascending order: a block has one, or as many as a `Choice` has
            modules.
        share: Whether there is one instance for each stage, or one for each block. The state runs along the stage
            either way.
    """

    def __init__(self, attention: Attention, stages: Sequence[int], places: Sequence[int], share: bool = True):
        self.attention = attention
        self.share = share
        self.per_block = attention.per_block
        self.stage_of = [stage for stage, blocks in enumerate(stages) for _ in range(blocks)]
        self.first = [sum(stages[:stage]) for stage in range(len(stages))]
        self.served: dict[str, list[int]] = {}
        for place in places:
            self.served.setdefault(self.name(place), []).append(place)
        self.modules: dict[str, Attention] = {}
        self.states: dict[tuple[int, int], tuple] = {}
        self.calls: Counter[int] = Counter()

    def name(self, place: int) -> str:
        stage = self.stage_of[place]
        return layer_names.attention(stage, None if self.share else (place - self.first[stage]) // self.per_block)

    def of(self, block: int) -> range:
        """The places of a block, in the order in which they run."""
        return range(block * self.per_block, (block + 1) * self.per_block)

    def __call__(self, x, place: int, connected=None):
        name, stage = self.name(place), self.stage_of[place]
        if name not in self.modules:
            self.modules[name] = self.attention.at(tuple(self.served[name]), name)
        # A tower that runs several times calls each of its blocks as often; every run has its own state.
        run = (stage, self.calls[place])
        self.calls[place] += 1
        y, self.states[run] = self.modules[name](x, self.states.get(run), connected, place=place)
        return y
