"""The whole method on one run folder."""

from keras_ean.run.pipeline import Run

__all__ = ["Run"]
