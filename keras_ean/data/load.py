"""One call for every kind of data."""

from collections.abc import Callable

from keras_ean.data.digits import load_digits
from keras_ean.data.image_data import ImageData
from keras_ean.registry import check_options, unknown

BUNDLED: dict[str, Callable[..., ImageData]] = {"digits": load_digits}


def available() -> list[str]:
    """Names of the data sets that need no download."""
    return sorted(BUNDLED)


def load(source: str, **options) -> ImageData:
    """Train, search-validation and test splits of a data set.

    Args:
        source: "digits".
        **options: of the source: `load_digits`.

    Raises:
        ValueError: an unknown name or option.

    Example:
        >>> data = load("digits", light=True, seed=1)
        >>> data.classes, data.shape
        (10, (8, 8, 1))
    """
    if source not in BUNDLED:
        raise ValueError(unknown("data set", source, BUNDLED))
    function = BUNDLED[source]
    check_options(f"data set {source!r}", function, options)
    return function(**options)
