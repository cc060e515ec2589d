"""Reading the file of a model, and the user's own classes in it. Keras is imported when a file is read."""

import importlib
import inspect
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import is_zipfile

if TYPE_CHECKING:
    import keras


def load_model(
    path: Path, imports: Sequence[str | Path] | None = None, unsafe: bool = False, compiled: bool = False
) -> "keras.Model":
    """The model of a .keras file.

    Args:
        path: The path of the file.
        imports: Python files that define layers, losses or metrics of the user's own.
        unsafe: Whether Python code in the file may be loaded.
        compiled: Whether it is compiled as it was saved; what its optimizer has gathered is not needed.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file that is no model, or one with classes or code that were not asked for.
    """
    import keras

    if path.is_dir() and (path / "saved_model.pb").is_file():
        raise ValueError(f"{path} is a SavedModel, which holds no layers any more; give the .keras file of the model.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file {str(path)!r}.")
    if path.suffix != ".keras":
        raise ValueError(f"A model is read from a .keras file, not from {path.name!r}; save it by model.save(….keras).")
    if not is_zipfile(path):
        raise ValueError(
            f"{path} cannot be read: it is no .keras file, or a damaged one. Save or copy the model anew; if it was "
            "cloned with Git LFS, fetch it by: git lfs pull"
        )
    for file in imports or ():
        register_file(Path(file))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
            return keras.models.load_model(path, compile=compiled, safe_mode=not unsafe)
    except Exception as error:
        text = str(error)
        if "Could not locate" in text:
            name = text.partition("Could not locate ")[2].partition(".")[0]
            raise ValueError(
                f"{path} needs the {name}, which Keras does not know: give the Python file that defines it, with "
                "--import my_layers.py, or model.imports in a configuration."
            ) from error
        if "Lambda" in text and not unsafe:
            raise ValueError(
                f"{path} holds Python code (a Lambda layer), which could do anything; if you trust it, add --unsafe, "
                "or model.unsafe: true in a configuration."
            ) from error
        first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
        raise ValueError(f"{path} cannot be read as a .keras file: {first}") from error


def register_file(file: Path) -> None:
    """Runs a Python file, and makes the classes and functions that it defines known to Keras by their names.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file with the name of another module.
    """
    import keras

    if not file.is_file():
        raise FileNotFoundError(f"There is no Python file {str(file)!r} to import.")
    folder = str(file.resolve().parent)
    sys.path.insert(0, folder)
    try:
        module = importlib.import_module(file.stem)
    finally:
        del sys.path[0]
    if folder not in sys.path:
        sys.path.append(folder)  # Where a fresh process that reads an export looks for it, too.
    if Path(getattr(module, "__file__", None) or "").resolve() != file.resolve():
        raise ValueError(f"Another module is called {file.stem!r}: give the file {str(file)!r} another name.")
    for name, value in vars(module).items():
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == file.stem:
            keras.saving.get_custom_objects().setdefault(name, value)
