"""YAML as people write it."""

import re
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """Safe, and with the numbers of YAML 1.2: `1e-4` is one, which YAML 1.1 reads as text."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def read_yaml(text: str) -> Any:
    """The value of a text.

    Raises:
        ValueError: it is not YAML.

    Example:
        >>> read_yaml("{rate: 1e-4, name: se}")
        {'rate': 0.0001, 'name': 'se'}
    """
    try:
        return yaml.load(text, Loader)  # A SafeLoader.
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
