"""Stratified splits in which no image is on both sides."""

from collections.abc import Sequence

import numpy as np


def stratified(
    labels: np.ndarray,
    held_out: float | int,
    seed: int,
    groups: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Row indices (kept, held out), both ascending; every class is on both sides.

    Args:
        labels: The classes of the images, integers (n,).
        held_out: A share of every class, between 0 and 1, or a number of images per class.
        seed: The seed of the draw.
        groups: The groups of the images, integers (n,); rows of one group (copies of one image) stay together. None
            makes every row a group.
        class_names: The words by which an error calls the classes.

    Raises:
        ValueError: `held_out` is out of range, or leaves a class empty on one side.

    Example:
        >>> kept, held = stratified(np.array([0, 0, 0, 0, 1, 1, 1, 1]), 0.25, seed=0)
        >>> len(kept), len(held)
        (6, 2)
    """
    per_class = isinstance(held_out, int | np.integer) and not isinstance(held_out, bool)
    if not (held_out >= 1 if per_class else 0 < held_out < 1):
        raise ValueError(
            f"What is held out is a share between 0 and 1, or an integer number of images per class, not {held_out!r}."
        )
    generator = np.random.default_rng(seed)
    groups = np.arange(len(labels)) if groups is None else groups
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    # Groups by their first row, so that the draw does not hang on how they are numbered.
    first, group_of, sizes = np.unique(first[group_of.reshape(-1)], return_inverse=True, return_counts=True)
    group_labels = labels[first]
    held = np.zeros(len(first), bool)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(group_labels == label))
        images = int(sizes[members].sum())
        if len(members) < 2 or (per_class and images <= held_out):
            called = label if class_names is None else repr(class_names[label])
            raise ValueError(
                f"Class {called} has {images} image(s) left to split, {len(members)} different one(s): too few to "
                f"hold out {held_out} and keep one. Add images, or hold out less."
            )
        wanted = held_out if per_class else max(1, round(held_out * images))
        before = np.cumsum(sizes[members]) - sizes[members]
        chosen = members[:-1][before[:-1] < wanted]
        held[chosen] = True
    rows = held[group_of]
    return np.flatnonzero(~rows), np.flatnonzero(rows)


def first_of_each_class(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Rows, ascending, of `number` images drawn of each class, or all of a class that has no more.

    Example:
        >>> first_of_each_class(np.array([0, 0, 0, 1]), 2, seed=0).size
        3
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    drawn = [order[labels[order] == label][:number] for label in np.unique(labels)]
    return np.sort(np.concatenate(drawn))
