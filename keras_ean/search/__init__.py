"""Searching for the scheme: algorithms, their host in Keras Tuner, and the evaluation of schemes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
