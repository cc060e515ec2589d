"""Least squares of scores on ±1 columns: the blocks of schemes, and the interactions of blocks and of stages."""

from itertools import combinations

import numpy as np


def averaged(bits: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, float | None]:
    """Distinct schemes, their mean scores, and the variance of these means by noise: None without repeated scores."""
    flat = scores.reshape(len(scores), -1)
    distinct, where = np.unique(bits, axis=0, return_inverse=True)
    where = np.repeat(where.ravel(), flat.shape[1])
    counts = np.bincount(where)
    means = np.bincount(where, flat.ravel()) / counts
    repeats = len(where) - len(distinct)
    if not repeats:
        return distinct, means, None
    variance = ((flat.ravel() - means[where]) ** 2).sum() / repeats
    return distinct, means, float(variance * np.mean(1 / counts))


def interactions(signs: np.ndarray, stages: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Columns of the regression by name, but those that the schemes scarcely tell from main effects."""
    blocks = signs.shape[1]
    pairs = {f"{block}×{block + 1}": signs[:, block] * signs[:, block + 1] for block in range(blocks - 1)}
    wholes = [part.mean(axis=1) for part in np.split(signs, np.cumsum(stages)[:-1], axis=1)]
    for first, second in combinations(range(len(stages)), 2):
        if max(stages[first], stages[second]) > 1:  # A pair of single blocks is no whole of its own.
            pairs[f"stages {first}×{second}"] = wholes[first] * wholes[second]
    mains = np.column_stack([np.ones(len(signs)), signs])
    own = {name: column - mains @ np.linalg.lstsq(mains, column)[0] for name, column in pairs.items()}
    return {name: pairs[name] for name, left in own.items() if left @ left > 0.1 * (pairs[name] @ pairs[name])}


def residual_variance(bits: np.ndarray, means: np.ndarray) -> float:
    """Variance of the scores that main effects leave unexplained; 0 if nothing is left to estimate it from."""
    design = np.column_stack([np.ones(len(bits)), bits])
    solution, _, rank, _ = np.linalg.lstsq(design, means)
    return float(((means - design @ solution) ** 2).sum()) / max(1, len(bits) - int(rank))


def least_squares(
    columns: np.ndarray, means: np.ndarray, noise: float | None, unscored: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Twice the coefficients of ±1 columns, which is on less off; their standard errors; degrees of freedom."""
    design = np.column_stack([np.ones(len(columns)), columns])
    _, singular, rows = np.linalg.svd(design, full_matrices=False)
    rank = int((singular > 1e-9 * singular[0]).sum())
    inverse = (rows[:rank].T / singular[:rank] ** 2) @ rows[:rank]
    coefficients = inverse @ design.T @ means
    freedom = len(design) - rank
    # A coefficient is estimable if the schemes span its direction.
    estimable = np.isclose((rows[:rank] ** 2).sum(axis=0), 1, atol=1e-9)[1:]
    if freedom == 0:
        return np.where(estimable, 2 * coefficients[1:], 0.0), np.full(len(estimable), np.inf), 0
    variance = float(((means - design @ coefficients) ** 2).sum()) / freedom
    if noise is not None:
        variance -= (1 - unscored) * max(0.0, variance - noise)
    # Not below rounding, so that it decides nothing.
    errors = np.maximum(2 * np.sqrt(variance * np.diag(inverse)[1:]), 1e-12 * np.abs(means).max())
    return np.where(estimable, 2 * coefficients[1:], 0.0), np.where(estimable, errors, np.inf), freedom
