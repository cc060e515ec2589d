"""A regression of the reward on the bits: a Gaussian process whose kernel and noise are chosen by their evidence."""

from collections.abc import Callable

import numpy as np

Kernel = Callable[[np.ndarray], np.ndarray]

KERNELS: dict[str, Kernel] = {
    # Of the mean of the products of ±1 bits, which is 1 for equal schemes and −1 for complements.
    "linear": lambda agreement: 0.5 + 0.5 * agreement,
    "pairwise": lambda agreement: (0.5 + 0.5 * agreement) ** 2,
    "smooth": lambda agreement: np.exp(3 * (agreement - 1)),
}
NOISES = (1e-4, 1e-2, 0.1, 0.3, 1.0, 3.0)
SCALES = (1.0, 4.0, 16.0)
PIECE = 4096
"""Schemes whose rewards are predicted at once."""


def representative(rewards: np.ndarray, most: int = 600) -> np.ndarray:
    """Indices, ascending, of the evaluations that a regression is fitted to: the latest and the highest of them.

    A fit costs the cube of their number.
    """
    if len(rewards) <= most:
        return np.arange(len(rewards))
    latest = np.arange(len(rewards) - most // 2, len(rewards))
    highest = np.argsort(-rewards[: latest[0]], kind="stable")[: most - len(latest)]
    return np.sort(np.concatenate([highest, latest]))


class GaussianProcess:
    """Predicts the reward of any scheme from those of scored ones, by a regression on the bits.

    What it gives is the posterior: mean and deviation.

    The kernel (main effects alone, with pairwise interactions, or any smooth function of the bits), its scale and the
    noise are those of the highest marginal likelihood on a small grid.

    Args:
        schemes: The scored schemes as rows of 0 and 1, (n, blocks).
        rewards: The rewards of the schemes, (n,).
        choice: The name of the kernel ("linear", "pairwise" or "smooth"), its scale and the noise, to skip the search
            for them; both are variances in units of the rewards' variance.

    Example:
        >>> schemes = np.random.default_rng(0).integers(0, 2, (40, 6))
        >>> model = GaussianProcess(schemes, schemes @ [1.0, -1, 2, 0, 0, 0.5])
        >>> mean, _ = model.predict(np.array([[1, 0, 1, 0, 0, 1]]))
        >>> bool(abs(mean[0] - 3.5) < 0.05)
        True
    """

    def __init__(self, schemes: np.ndarray, rewards: np.ndarray, choice: tuple[str, float, float] | None = None):
        self.signs = 2.0 * np.asarray(schemes) - 1
        rewards = np.asarray(rewards, "float64")
        self.mean, self.spread = float(rewards.mean()), float(rewards.std()) or 1.0
        targets = (rewards - self.mean) / self.spread
        agreement = self.signs @ self.signs.T / self.signs.shape[1]
        self.choice = choice or self._choose(agreement, targets)
        name, scale, noise = self.choice
        self.kernel = lambda agreement: scale * KERNELS[name](agreement)
        covariance = self.kernel(agreement) + noise * np.eye(len(targets))
        factor = np.linalg.cholesky(covariance + 1e-9 * scale * np.eye(len(targets)))
        self.whiten = np.linalg.inv(factor)
        self.weights = self.whiten.T @ (self.whiten @ targets)

    @staticmethod
    def _choose(agreement: np.ndarray, targets: np.ndarray) -> tuple[str, float, float]:
        best, choice = -np.inf, ("linear", 1.0, 1.0)
        for name, kernel in KERNELS.items():
            values, vectors = np.linalg.eigh(kernel(agreement))
            squares = (vectors.T @ targets) ** 2
            for scale in SCALES:
                for noise in NOISES:
                    variances = scale * np.maximum(values, 0) + noise
                    evidence = -0.5 * (np.log(variances).sum() + (squares / variances).sum())
                    if evidence > best + 1e-9:
                        best, choice = evidence, (name, scale, noise)
        return choice

    def cross(self, schemes: np.ndarray) -> np.ndarray:
        """Computes the kernel between schemes and the scored ones, (k, n).

        Args:
            schemes: The schemes as rows of 0 and 1, (k, blocks).
        """
        signs = 2.0 * np.asarray(schemes) - 1
        return self.kernel(signs @ self.signs.T / signs.shape[1])

    def expect(self, schemes: np.ndarray) -> np.ndarray:
        """Gives the expected reward of schemes, the mean of the posterior, (k,).

        Args:
            schemes: The schemes as rows of 0 and 1, (k, blocks).
        """
        pieces = range(0, max(1, len(schemes)), PIECE)  # The kernel of a million schemes would not fit into memory.
        values = [self.cross(schemes[start : start + PIECE]) @ self.weights for start in pieces]
        return self.mean + self.spread * np.concatenate(values)

    def predict(self, schemes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gives the mean and the standard deviation of the posterior of schemes, (k,) each, without the noise.

        Args:
            schemes: The schemes as rows of 0 and 1, (k, blocks).
        """
        cross = self.cross(schemes)
        variance = self.kernel(np.ones(len(cross))) - ((self.whiten @ cross.T) ** 2).sum(axis=0)
        return self.mean + self.spread * (cross @ self.weights), self.spread * np.sqrt(np.maximum(variance, 0))

    def ahead(self, schemes: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gives the mean and the standard deviation of how much higher the reward of each scheme is than that of one
        other, (k,) each.

        Args:
            schemes: The schemes as rows of 0 and 1, (k, blocks).
            reference: The other scheme, (blocks,) of 0 and 1.
        """
        rows = np.concatenate([np.asarray(reference)[None], schemes])
        cross, signs = self.cross(rows), 2.0 * rows - 1
        seen = self.whiten @ cross.T
        prior = self.kernel(signs @ signs[0] / signs.shape[1]) - seen.T @ seen[:, 0]
        own = self.kernel(np.ones(len(rows))) - (seen**2).sum(axis=0)
        variance = own[1:] + own[0] - 2 * prior[1:]
        means = self.spread * (cross @ self.weights)
        return means[1:] - means[0], self.spread * np.sqrt(np.maximum(variance, 0))
