"""How many schemes the search of a run scores."""

import math
from collections.abc import Sequence
from typing import Any

from keras_ean.run.config import Config
from keras_ean.search.evaluators import lookup

STEPS, SAMPLES = 300, 3
"""Steps at most, and schemes a step, unless the configuration says otherwise."""
FEWEST, PER_BLOCK = 30, 3
"""Schemes of a search whose length the configuration leaves open: so many for every block, and never fewer."""
CONTENDERS, REPEATS = 5, 3
"""Schemes that a noisy evaluator scores again when the search has ended, and how often each."""


def search_options(config: Config, stages: Sequence[int]) -> dict[str, Any]:
    """The oracle's options, and the number of schemes if they say neither this nor the number of steps."""
    options = {"samples_per_step": SAMPLES, **config.search.options}
    if options.keys() & {"max_steps", "max_schemes"}:
        return options
    return {"max_schemes": max(FEWEST, PER_BLOCK * sum(stages)), **options}


def schemes_at_most(config: Config, stages: Sequence[int]) -> int:
    """Scores that a search makes at the most: its own, of contenders again, and of random search where that is run."""
    options, blocks, reward = search_options(config, stages), sum(stages), config.search.reward
    most = blocks if reward is None or reward.max_connections is None else min(blocks, reward.max_connections)
    space = sum(math.comb(blocks, connections) for connections in range(most + 1))
    samples = options["samples_per_step"]
    scored = min(space, samples * options.get("max_steps", STEPS))
    if "max_schemes" in options:  # The batch in which it reaches them is finished.
        scored = min(scored, options["max_schemes"] + samples - 1)
    if options.get("compare_random"):
        scored = min(space, 2 * scored)
    noisy = lookup(config.search.evaluator.name).noisy
    return scored + (min(CONTENDERS, scored) * REPEATS if noisy else 0)
