"""Paths of data in a configuration: relative to the file that names them, absolute from then on."""

import os
from pathlib import Path

PATHS, MODEL_PATHS = ("name", "data_dir"), ("name", "weights")
"""Keys of the sections `data` and `model` that may be paths."""


def located(values: dict, folder: Path) -> dict:
    """The values, with absolute paths of data where these are found in a folder, or can be nothing but paths.

    A name without a separator that is no file or folder there stays what it is: the name of a data set.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as here:
        ...     (Path(here) / "photos").mkdir()
        ...     found = located({"data": {"name": "photos"}}, Path(here))["data"]["name"] == str(Path(here, "photos"))
        >>> found, located({"data": {"name": "digits"}}, Path())
        (True, {'data': {'name': 'digits'}})
    """
    data, model = values.get("data"), values.get("model")
    if isinstance(model, dict):
        files: dict = {key: _file(model[key], folder) for key in MODEL_PATHS if isinstance(model.get(key), str)}
        if isinstance(model.get("imports"), list):
            files["imports"] = [_file(str(file), folder) for file in model["imports"]]
        values = {**values, "model": {**model, **files}}
    if not isinstance(data, dict):
        return values
    paths = {key: _located(data[key], folder) for key in PATHS if isinstance(data.get(key), str)}
    return {**values, "data": {**data, **paths}}


def _file(text: str, folder: Path) -> str:
    path = folder / Path(text).expanduser()
    return str(path.resolve()) if path.is_file() else text


def _located(text: str, folder: Path) -> str:
    path = os.path.abspath(folder / Path(text).expanduser())
    if os.sep in text or "/" in text:
        return path
    if not os.path.exists(path):
        return text
    from keras_ean import data

    return text if text in data.available() else path
