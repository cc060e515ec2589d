"""Schemes of evenly spread density."""

from collections.abc import Iterable, Sequence

import numpy as np

from keras_ean.scheme import Scheme, check_stages


def spread_schemes(stages: Sequence[int], count: int, always: Iterable[Scheme] = (), seed: int = 0) -> list[Scheme]:
    """Distinct schemes with numbers of connections spread evenly, blocks at random; a longer list starts as a shorter.

    Args:
        stages: The numbers of residual blocks in each stage.
        count: The number of schemes.
        always: The schemes that the list begins with.
        seed: The seed that the connected blocks are drawn from.

    Raises:
        ValueError: There are fewer schemes than asked for.

    Example:
        >>> ends = [Scheme.full((4, 4)), Scheme.empty((4, 4))]
        >>> [sum(scheme.bits) for scheme in spread_schemes((4, 4), 9, ends)]
        [8, 0, 4, 2, 6, 1, 5, 3, 7]
    """
    blocks = sum(check_stages(stages))
    if count > 2**blocks:
        raise ValueError(f"{blocks} blocks have {2**blocks} schemes, fewer than the {count} asked for.")
    random, chosen, place = np.random.default_rng(seed), list(dict.fromkeys(always)), 0
    while len(chosen) < count:
        place += 1
        on = round(halves(place) * blocks)
        # A number of connections may be used up; the next one is tried then.
        for _ in range(8):
            bits = np.zeros(blocks, int)
            bits[random.permutation(blocks)[:on]] = 1
            if (scheme := Scheme(bits.tolist(), stages)) not in chosen:
                chosen.append(scheme)
                break
    return chosen[:count]


def halves(place: int) -> float:
    """Van der Corput's sequence 1/2, 1/4, 3/4, 1/8, …, whose beginnings are all spread evenly over 0 … 1.

    Example:
        >>> [halves(place) for place in range(1, 6)]
        [0.5, 0.25, 0.75, 0.125, 0.625]
    """
    return int(f"{place:b}"[::-1], 2) / (1 << place.bit_length())
