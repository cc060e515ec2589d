"""YAML as people write it."""

from typing import Any

import yaml

from keras_ean.escaping import NUMBER


class Loader(yaml.SafeLoader):
    """Safe, and with the numbers of YAML 1.2: `1e-4` is one, which YAML 1.1 reads as text."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", *NUMBER)


def read_yaml(text: str) -> Any:
    """The value of a text.

    Raises:
        ValueError: It is not YAML.

    Example:
        >>> read_yaml("{rate: 1e-4, name: se}")
        {'rate': 0.0001, 'name': 'se'}
    """
    try:
        return yaml.load(text, Loader)  # A SafeLoader.
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        place = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        raise ValueError(f"{error.problem or error.context}{place}") from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise ValueError(" ".join(str(error).split())) from None
