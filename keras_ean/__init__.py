"""Where does attention pay? Search, train and export sparse attention networks with Keras."""

import importlib
import sys
from pathlib import Path

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# `import keras_ean` is all that keras.models.load_model needs to know the classes of saved models. The command line
# does without, so that --help answers before TensorFlow is imported.
if Path(sys.argv[0]).stem != "keras-ean":
    for _name in ("optimize", "plugging", "recipes", "supernet"):
        importlib.import_module(f"{__name__}.{_name}")
