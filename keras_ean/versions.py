"""The versions of what decides on results."""

import platform
from contextlib import suppress
from importlib import metadata

from keras_ean import __version__

PACKAGES = ("keras", "keras-tuner", "tensorflow", "jax", "torch", "numpy")


def versions(*packages: str) -> dict[str, str]:
    """Tells the backend in use, and the versions of Python, keras_ean and the packages that are installed.

    Args:
        packages: The names of the packages, as pip knows them; without any, those that decide on results: Keras, Keras
            Tuner, the backends and NumPy. What is not installed is left out.

    Example:
        >>> sorted(versions("keras", "no-such-package"))
        ['backend', 'keras', 'keras_ean', 'python']
    """
    import keras  # Here, for what reads the folder of a finished run goes without it.

    found = {"keras_ean": __version__, "python": platform.python_version(), "backend": keras.backend.backend()}
    for package in packages or PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
