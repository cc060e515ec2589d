"""How values of an objective are written: accuracies in percent, all others in their own unit."""

from dataclasses import dataclass

from keras_ean.measure.paired import Difference

ACCURACIES = ("accuracy", "acc", "top", "auc", "precision", "recall", "f1", "iou", "dice")


@dataclass(frozen=True)
class Unit:
    """The unit of an objective. Scores are turned so that more is better; here they are turned back.

    Args:
        objective: The name of the objective, such as "accuracy" or "mae".
        direction: Whether more of it is better, "max", or less, "min".

    Example:
        >>> Unit("mae", "min").value(-1.234), Unit("accuracy").value(0.5)
        ('1.234', '50.0 %')
    """

    objective: str = "accuracy"
    direction: str = "max"

    @property
    def share(self) -> bool:
        """Whether values are shares of 0 … 1, written in percent."""
        return self.direction == "max" and any(word in self.objective.lower() for word in ACCURACIES)

    @property
    def called(self) -> str:
        """What the unit is called in sentences."""
        return self.objective.replace("_", " ")

    @property
    def title(self) -> str:
        """The title of a column of a table."""
        return f"{self.short} %" if self.share else self.short

    @property
    def short(self) -> str:
        """What the unit is called in tables, where an accuracy is "top-1"."""
        return "top-1" if self.objective == "accuracy" else self.objective

    @property
    def axis(self) -> str:
        """The label of an axis of figures: what is on it, in which unit, or which end of it is the good one."""
        return f"{self.called}, %" if self.share else f"{self.called}, {self.better} is better"

    @property
    def points(self) -> str:
        """The unit of differences, which are turned so that more is better."""
        return "points" if self.share else f"{self.called}, + for {self.better}"

    @property
    def better(self) -> str:
        """Which values are the better ones, "higher" or "lower"."""
        return "lower" if self.direction == "min" else "higher"

    @property
    def factor(self) -> float:
        """The factor from a value to the number that is written."""
        return 100.0 if self.share else 1.0

    def turned(self, value: float) -> float:
        """A value of the objective as a score, of which more is better; or the other way round."""
        return -value if self.direction == "min" else value

    def number(self, score: float, digits: int = 1) -> str:
        """A score without a unit."""
        if self.share:
            return f"{100 * score:.{digits}f}"
        return f"{self.turned(score):.{digits + 3}g}"

    def value(self, score: float, interval: tuple[float, float] | None = None) -> str:
        """A score, with its interval if there is one."""
        sign, text = (" %" if self.share else ""), self.number(score)
        if interval is None:
            return f"{text}{sign}"
        low, high = interval if self.direction == "max" else interval[::-1]
        return f"{text}{sign} ({self.number(low)} to {self.number(high)})"

    def amount(self, amount: float, digits: int = 2) -> str:
        """A difference that is worth something, such as a tolerance."""
        return f"{100 * amount:.{digits}g} points" if self.share else f"{amount:.{digits}g} of {self.objective}"

    def difference(self, difference: Difference) -> str:
        """How much better, with its interval."""
        low, value, high = difference.low, difference.value, difference.high
        if self.share:
            return f"{_signed(100 * value)} points ({_signed(100 * low)} to {_signed(100 * high)})"
        return f"{value:+.3g} ({low:+.3g} to {high:+.3g}, + for a {self.better} {self.objective})"


def _signed(points: float) -> str:
    """With a digit after the point, or two where one would hide on which side of 0 it is.

    Example:
        >>> _signed(2.66), _signed(-0.02), _signed(0.0)
        ('+2.7', '-0.02', '+0.0')
    """
    return f"{points:+z.1f}" if abs(points) >= 0.05 or abs(points) < 0.005 else f"{points:+.2f}"


ACCURACY = Unit()
LOSS = Unit("loss", "min")
