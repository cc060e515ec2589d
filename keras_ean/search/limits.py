"""What the limits of a reward leave of all schemes, in words."""

from collections.abc import Sequence

from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.searcher import COUNTED
from keras_ean.search.reward import NAMES, Reward


def left_by(reward: Reward, stages: Sequence[int]) -> str:
    """A clause that names the limits with their values, and says how many schemes keep them; empty if all do.

    With more than 12 blocks, schemes are not counted, unless only that without attention is left.

    Example:
        >>> left_by(Reward(max_connections=1), (3, 3))
        'the limits of the search (max_connections 1) left 7 of 64 schemes'
    """
    blocks = sum(stages)
    if reward.admits(Scheme.full(stages)):
        return ""
    connections = [] if reward.max_connections is None else [f"max_connections {reward.max_connections}"]
    keys = {name: key for key, name in NAMES.items()}  # As a configuration calls them.
    costs = [f"{keys.get(one.name, one.name)} {one.limit}" for one in reward.costs if one.limit is not None]
    if not any(reward.admits(Scheme([int(one == place) for one in range(blocks)], stages)) for place in range(blocks)):
        left = "1"
    elif blocks > COUNTED:
        left = "some"
    else:
        left = f"{sum(map(reward.admits, Scheme.every(stages))):,}"
    only = ", that without attention" if left == "1" else ""
    return f"the limits of the search ({', '.join([*connections, *costs])}) left {left} of {2**blocks:,} schemes{only}"
