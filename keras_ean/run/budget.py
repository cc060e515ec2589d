"""How many schemes the search of a run scores."""

import math
from collections.abc import Sequence
from typing import Any

from keras_ean.run.config import Config
from keras_ean.search.evaluators import lookup

SAMPLES = 3
"""Schemes a step, unless the configuration says otherwise."""
FEWEST, PER_BLOCK = 30, 3
"""Schemes of a search whose length the configuration leaves open: so many for every block, and never fewer."""
CONTENDERS, REPEATS = 5, 3
"""Schemes that a noisy evaluator scores again when the search has ended, and how often each."""


def search_options(config: Config, stages: Sequence[int]) -> dict[str, Any]:
    """The oracle's options, its length among them."""
    samples = config.search.options.get("samples_per_step", SAMPLES)
    wanted = max(FEWEST, PER_BLOCK * sum(stages))
    length = {"max_steps": math.ceil(wanted / samples), "samples_per_step": samples}
    return {**length, **config.search.options}


def schemes_at_most(config: Config, stages: Sequence[int]) -> int:
    """Scores that a search makes at the most: its own, of contenders again, and of random search where that is run."""
    options, blocks, reward = search_options(config, stages), sum(stages), config.search.reward
    most = blocks if reward is None or reward.max_connections is None else min(blocks, reward.max_connections)
    space = sum(math.comb(blocks, connections) for connections in range(most + 1))
    scored = min(space, options["max_steps"] * options["samples_per_step"])
    if options.get("compare_random"):
        scored = min(space, 2 * scored)
    noisy = lookup(config.search.evaluator.name).noisy
    return scored + (min(CONTENDERS, scored) * REPEATS if noisy else 0)
