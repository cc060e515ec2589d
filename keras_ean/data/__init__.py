"""Data sets for image classification: train, search-validation and test from one call."""

import lazy_loader

# Names, options and headers of images are looked at without Keras, which batches need.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
