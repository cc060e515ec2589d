"""What a run shows of its configuration to others, to whom a report or a card is sent: nothing of where files lie."""

import os
from pathlib import Path
from typing import Any

import yaml

from keras_ean.escaping import Dumper
from keras_ean.run.config import Config


def without_places(values: Any) -> Any:
    """The same values with the last part alone of every absolute path, which tells nothing of the machine.

    Args:
        values: A text, or lists and dictionaries of values, such as those of a configuration.

    Example:
        >>> without_places({"data": {"name": "/home/me/photos"}, "backbone": {"name": "resnet20"}})
        {'data': {'name': 'photos'}, 'backbone': {'name': 'resnet20'}}
    """
    if isinstance(values, dict):
        return {key: without_places(value) for key, value in values.items()}
    if isinstance(values, list):
        return [without_places(value) for value in values]
    return Path(values).name if isinstance(values, str) and os.path.isabs(values) else values


def data_name(config: Config) -> str:
    """What the images are called."""
    return without_places(config.data.name)


def network_name(config: Config) -> str:
    """What the backbone is called, or the model that was given."""
    named = config.backbone or config.model
    assert named is not None
    return without_places(named.name)


def title(config: Config) -> str:
    """The title of reports and figures."""
    return f"{data_name(config)} · {network_name(config)} · {config.attention.name}"


def as_yaml(config: Config) -> str:
    """The whole configuration."""
    return yaml.dump(without_places(config.model_dump(mode="json")), Dumper=Dumper, sort_keys=False)


def place(folder: Path) -> Path:
    """The folder of a run in a command that a reader may copy: as it was given if that is a relative path."""
    return Path(folder.name) if folder.is_absolute() else folder
