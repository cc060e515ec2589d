"""Where does attention pay? Search, train and export sparse attention networks with Keras."""

import importlib
import sys

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

BACKENDS = ("tensorflow", "jax", "torch")
SERIALISABLE = (
    "backbones.layers.layer_scale",
    "backbones.layers.normalization",
    "data.batches.layers",
    "optimize",
    "plugging",
    "recipes.loss",
    "recipes.optimizer",
    "recipes.schedules",
    "supernet",
)
"""Modules that make Keras know the classes in saved models, with what they import themselves."""


def register_classes() -> None:
    """Imports Keras, and the modules whose classes saved models may hold, so that `keras.models.load_model` finds them.

    Raises:
        ImportError: Keras is not installed, or the backend that it is set to is not; the message says what to install.
    """
    try:
        importlib.import_module("keras")
    except ModuleNotFoundError as error:
        if error.name not in ("keras", *BACKENDS):
            raise
        what = "Keras 3" if error.name == "keras" else f"the backend {error.name} that Keras is set to"
        raise ImportError(
            f"{what} is not installed; keras_ean needs both: pip install keras tensorflow, or, with jax or torch in "
            "place of tensorflow, set the environment variable KERAS_BACKEND to jax or torch too."
        ) from None
    for name in SERIALISABLE:
        importlib.import_module(f"{__name__}.{name}")
    importlib.import_module(f"{__name__}.backbones.base").make_all_serialisable()


# `import keras_ean` is all that keras.models.load_model needs. Only the command line registers later, by itself.
if "keras_ean_cli" not in sys.modules:
    register_classes()
