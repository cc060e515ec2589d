"""How far apart networks are that saw the same images under the same seeds: differences with intervals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from keras_ean.measure.bootstrap import bounds
from keras_ean.measure.share import share_interval
from keras_ean.measure.subjects import design_effect


def right_or_wrong(scores: np.ndarray) -> bool:
    """Whether scores are answers: 1 where an image was classified rightly, 0 where not."""
    return bool(((scores == 0) | (scores == 1)).all())


@dataclass(frozen=True)
class Difference:
    """Tells how much better one network is than another, and how far that can be trusted.

    Attributes:
        value: The mean difference, in the unit of the scores.
        low, high: The ends of its interval.
        of_seeds: The variance that another seed brings to the difference of one training; NaN with one seed.
        of_images: The variance over images of the difference, averaged over trainings.
        of_rest: The variance of what is neither the seed's nor the image's.
        confidence: The confidence of the interval, 0 … 1.
        networks: The number of networks that were compared together, from which the variance of the seeds is estimated.
        alike: The number of images that show the same subject, on average (see `PairedScores`).
    """

    value: float
    low: float
    high: float
    of_seeds: float
    of_images: float
    of_rest: float
    confidence: float
    networks: int = 2
    alike: float = 1.0

    def half_width(self, seeds: int, images: int) -> float:
        """Gives half the width that the interval would have with other numbers of `seeds` and `images`, if the
        variances were these.

        It is Student's t with the degrees of freedom of Satterthwaite.
        """
        from scipy.special import stdtrit

        own, freedom = seeds * self.of_images, images / self.alike - 1
        if math.isnan(self.of_seeds) or self.of_seeds == 0:
            variance = own + self.of_rest
        else:
            rows = images * self.of_seeds + self.of_rest
            variance = rows + own
            few = (self.networks - 1) * max(1, seeds - 1)
            freedom = variance**2 / (rows**2 / few + own**2 / freedom)
        return float(stdtrit(freedom, 0.5 + self.confidence / 2)) * math.sqrt(variance / (seeds * images))


class PairedScores:
    """Compares networks that were trained with the same seeds and scored on the same images: differences with
    intervals.

    With other seeds and other test images, networks would differ a little otherwise. A score is taken as a network's
    mean plus parts of the image, of the seed, of the network together with either, and a rest, all random but the first
    (a mixed model with crossed random effects). A difference of two networks has the variance σ²(seeds)/S +
    σ²(images)/I + σ²(rest)/SI, with S seeds and I images. The part of the seeds, of which there are few, is estimated
    from all networks together, and the parts of the images and the rest from the two that are compared; a part that
    comes out negative is 0. The interval is Student's t with the degrees of freedom of Satterthwaite (Biometrics
    Bulletin 2, 1946). With one seed the interval covers the images alone. Scores that are all 0 or 1 count as
    *answers*, wrong and right: their differences are between −1 and 1, and are not taken for exact where two networks
    answer alike.

    For figures that are no accuracies, such as an AUC, the images' part of an interval is the bootstrap's if
    `resampled` is given. What another seed brings is added to it by squares on either side, as the two are independent
    and the bootstrap's sides may differ (Zou and Donner, Statistics in Medicine 27, 2008).

    Several images may show the same subject, such as a digit under several lights. Then other images would be of other
    subjects, and the images' part of an interval is what these bring (`keras_ean.measure.subjects`).

    Args:
        scores: The scores of each network by its name, (seeds, images): for example 1 where a test image was classified
            rightly and 0 where not.
        confidence: The confidence of the intervals, between 0 and 1.
        resampled: By network, (seeds, resamples): the mean of its scores, or the figure that they stand for, on images
            drawn again with replacement, those of a subject together and the same for all networks.
        subjects: What each image shows, (images,), equal where it is the same; None takes each for something else.

    Raises:
        ValueError: There are fewer than two networks; the arrays are not all of one shape (seeds, images), with at
            least one seed and two images; a score is not finite; or `subjects` are not told of each image, or fewer
            than two.

    Example:
        >>> right = {"none": [[1, 0, 1, 0], [1, 0, 0, 1]], "found": [[1, 1, 1, 0], [1, 1, 0, 1]]}
        >>> PairedScores(right).difference("found", "none").value
        0.25
    """

    def __init__(
        self,
        scores: Mapping[str, np.ndarray],
        confidence: float = 0.95,
        resampled: Mapping[str, np.ndarray] | None = None,
        subjects: np.ndarray | None = None,
    ):
        self.scores = {name: np.asarray(values, "float64") for name, values in scores.items()}
        shapes = {values.shape for values in self.scores.values()}
        if len(self.scores) < 2 or len(shapes) != 1 or len(shape := next(iter(shapes))) != 2 or shape[1] < 2:
            raise ValueError(
                "Paired scores are of two networks or more, each (seeds, images) with the same seeds and at least two "
                f"images, not { ({name: values.shape for name, values in self.scores.items()}) }."
            )
        if not all(np.isfinite(values).all() for values in self.scores.values()):
            raise ValueError("Paired scores are finite numbers, but some are not.")
        self.confidence, self.resampled, self.subjects = confidence, resampled, subjects
        self.seeds, self.images = shape
        self.drawn = self.images if subjects is None else len(np.unique(subjects))
        if subjects is not None and (len(subjects) != self.images or self.drawn < 2):
            raise ValueError(
                f"Subjects are told of each image, and are two or more, not {self.drawn} in {len(subjects)} of "
                f"{self.images} images."
            )
        self.answers = all(map(right_or_wrong, self.scores.values()))

    def mean(self, name: str) -> float:
        """Gives the mean score of a network over seeds and images.

        Args:
            name: The name of the network.
        """
        return float(self.scores[name].mean())

    def difference(self, first: str, second: str) -> Difference:
        """Gives how much better network `first` is than network `second`, with an interval."""
        values = self.scores[first] - self.scores[second]
        mean, by_image = float(values.mean()), values.mean(axis=0)
        columns = self.seeds * self._variance(by_image)
        if self.seeds == 1:
            parts = math.nan, columns, 0.0
        else:
            left = values - values.mean(axis=1, keepdims=True) - by_image + mean
            rest = float((left**2).sum()) / ((self.seeds - 1) * (self.images - 1))
            rows = self._seeds_mean_square()
            parts = max(0.0, rows - rest) / self.images, max(0.0, columns - rest) / self.seeds, rest
        alike = self.images / self.drawn
        spread = Difference(mean, mean, mean, *parts, self.confidence, len(self.scores), alike)
        if self.resampled is not None:
            figures = self.resampled[first] - self.resampled[second]
            low, high = self._bootstrap(mean, figures, (len(self.scores) - 1) * (self.seeds - 1), parts[0])
            return replace(spread, low=low, high=high)
        half = spread.half_width(self.seeds, self.images)
        most = 1.0 if self.answers else math.inf
        return replace(spread, low=max(-most, mean - half), high=min(most, mean + half))

    def interval(self, name: str) -> tuple[float, float]:
        """Gives the ends of the interval of a network's mean score.

        For answers it is Wilson's interval, widened by what another seed brings, as all networks together show it; for
        other scores it is the normal one, with the same addition.

        Args:
            name: The name of the network.
        """
        from scipy.special import ndtri, stdtrit

        by_image = self.scores[name].mean(axis=0)
        share, spread, freedom = self.mean(name), 0.0, len(self.scores) * (self.seeds - 1)
        if self.seeds > 1:
            spread = float(np.mean([values.mean(axis=1).var(ddof=1) for values in self.scores.values()]))
        if self.resampled is not None:
            return self._bootstrap(share, self.resampled[name], freedom, spread)
        other = self._of_seeds(freedom, spread)
        if not self.answers:
            images = math.sqrt(self._variance(by_image) / self.images)
            half = math.hypot(other, float(stdtrit(self.drawn - 1, 0.5 + self.confidence / 2)) * images)
            return share - half, share + half
        number = float(self.images)
        if self.subjects is not None:  # Few subjects are widened by Student's distribution, as Korn and Graubard do.
            wider = float(stdtrit(self.drawn - 1, 0.5 + self.confidence / 2) / ndtri(0.5 + self.confidence / 2))
            number /= design_effect(by_image, self.subjects) * wider**2
        return share_interval(share, number, other, self.confidence)

    def _bootstrap(self, value: float, figures: np.ndarray, freedom: int, variance: float) -> tuple[float, float]:
        """The interval of a value with these resamples, (seeds, resamples), and the variance that another seed brings
        to it."""
        low, high = bounds(figures.mean(axis=0), self.drawn, self.confidence)
        other = self._of_seeds(freedom, variance)
        return value - math.hypot(other, max(0.0, value - low)), value + math.hypot(other, max(0.0, high - value))

    def _of_seeds(self, freedom: int, variance: float) -> float:
        """Half the width of an interval of the seeds alone."""
        from scipy.special import stdtrit

        if self.seeds == 1:
            return 0.0
        return float(stdtrit(freedom, 0.5 + self.confidence / 2)) * math.sqrt(variance / self.seeds)

    def _variance(self, by_image: np.ndarray) -> float:
        """Of the images' part of a mean or a difference, as if each image were drawn by itself.

        Where few images are answered differently the variance that is seen is too small, 0 even, and its interval is
        too narrow; half an image more for either network makes it hold (Agresti and Min, Biostatistics 6, 2005); where
        some are alike, these together.
        """
        wider = design_effect(by_image, self.subjects)
        squares = wider * float(((by_image - by_image.mean()) ** 2).sum())
        return (squares + wider**2) / (self.images + 1) if self.answers else squares / (self.images - 1)

    def _seeds_mean_square(self) -> float:
        """Mean square, between seeds, of a difference of two networks, from all networks."""
        means = np.array([values.mean(axis=1) for values in self.scores.values()])
        left = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
        freedom = (len(means) - 1) * (self.seeds - 1)
        return 2 * self.images * float((left**2).sum()) / freedom
