"""What would decide an undecided question, how many more seeds or test images; and what else could be measured."""

import math
from collections.abc import Iterable, Sequence

from keras_ean.measure.paired import Difference
from keras_ean.run.unit import ACCURACY, Unit

SURE = 0.7
"""Share of its distance to what it is told from that half an interval may be, so that four times in five it tells."""
MOST_SEEDS, MOST_IMAGES = 100, 100
"""More seeds than this, or so many times as many images, are no advice."""

FOLDING = (
    'Whether its attention may cost nothing is not measured: keras-ean run --out RUN --set "compare=[found_folded, '
    'shared_folded]" folds gates that are nearly constants, and trains no network again.'
)


def what_decides(
    differences: Sequence[Difference],
    seeds: int,
    images: int,
    tolerance: float,
    unit: Unit = ACCURACY,
    subjects: str = "",
) -> str:
    """What would show that attention pays, or that it does not, were the differences those that were measured.

    Args:
        differences: The differences of networks with attention to the one without, which together give the answer.
        seeds, images: The numbers of seeds and test images that they were measured with.
        tolerance: The difference in accuracy, 0 … 1, that is not worth paying for.
        unit: The unit of the objective.
        subjects: What the test images show, where several show the same thing, as "359 originals"; else empty.
    """
    if seeds == 1:
        return f"What would decide it: three trainings of each network or more ({_call(3)})."

    def enough(ways: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
        return next((way for way in ways if _decided(differences, *way, tolerance)), None)

    more_seeds = enough((count, images) for count in range(seeds + 1, MOST_SEEDS))
    more_images = enough((seeds, count) for count in _growing(images))
    ways = []
    if more_seeds is not None:
        ways.append(f"about {more_seeds[0] - seeds} more seeds ({_call(more_seeds[0])})")
    if more_images is not None:
        more, (number, _, called) = float(more_images[1] - images), subjects.partition(" ")
        if subjects:  # More images of the same would tell nothing new.
            more, called = more * int(number.replace(",", "")) / images, f"{called}, with as many images of each"
        ways.append(f"about {rounded(more):,} more {called or 'test images'}")
    if not ways and (both := enough((seeds * factor, images * factor) for factor in range(2, MOST_SEEDS))):
        ways.append(f"about {both[0] // seeds} times as many seeds and test images together; neither alone would")
    values = [one.value for one in differences]
    told = max(tolerance, *values) or max(map(abs, values))
    told_in_points = f"a difference of {unit.amount(told)}"
    if not ways:
        return f"Neither seeds nor test images in any number that can be had would tell {told_in_points} from none."
    return f"What would decide it: {', or '.join(ways)}, to tell {told_in_points} from none."


def _call(seeds: int) -> str:
    return f"keras-ean run --out RUN --seeds {seeds}, or ean.improve with seeds={seeds}"


def _decided(differences: Sequence[Difference], seeds: int, images: int, tolerance: float) -> bool:
    """Whether so many would do: for "pays" one of the differences must be above 0, for "does not" none above the
    tolerance, and intervals that are no wider than the tolerance show one or the other, wherever they are."""
    halves = [one.half_width(seeds, images) for one in differences]
    pays = any(half <= SURE * one.value for half, one in zip(halves, differences))
    does_not = all(half <= SURE * (tolerance - one.value) for half, one in zip(halves, differences))
    return pays or does_not or all(half <= tolerance / 2 for half in halves)


def _growing(images: int) -> Iterable[int]:
    """Numbers of images, each a tenth above the last."""
    return (round(images * 1.1**step) for step in range(1, math.ceil(math.log(MOST_IMAGES, 1.1))))


def rounded(number: float) -> int:
    """The number, rounded to two digits."""
    digits = max(0, int(math.log10(max(1.0, number))) - 1)
    return int(round(number, -digits))
