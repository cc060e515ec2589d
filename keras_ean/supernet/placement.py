"""Which instance of the attention module serves which block, and the state that runs along a stage."""

from collections import Counter
from collections.abc import Sequence

from keras_ean import layer_names
from keras_ean.attention import Attention


class Placement:
    """One module per stage (shared) or per block (unshared), invoked in the order of the blocks.

    Args:
        attention: The module whose options all instances take.
        stages: The numbers of residual blocks in each stage.
        places: The blocks that will be called, in ascending order.
        share: Whether there is one instance for each stage, or one for each block. The state runs along the stage
            either way.
    """

    def __init__(self, attention: Attention, stages: Sequence[int], places: Sequence[int], share: bool = True):
        self.attention = attention
        self.share = share
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
        return layer_names.attention(stage, None if self.share else place - self.first[stage])

    def __call__(self, x, place: int, connected=None):
        name, stage = self.name(place), self.stage_of[place]
        if name not in self.modules:
            self.modules[name] = self.attention.at(tuple(self.served[name]), name)
        # A tower that runs several times calls each of its blocks as often; every run has its own state.
        run = (stage, self.calls[place])
        self.calls[place] += 1
        y, self.states[run] = self.modules[name](x, self.states.get(run), connected, place=place)
        return y
