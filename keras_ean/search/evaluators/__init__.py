"""Where the scores of schemes come from: one file for every evaluator, found by looking into this folder."""

from keras_ean.registry import import_folder
from keras_ean.search.evaluators.base import Evaluator, evaluators
from keras_ean.search.offered import OFFERED

import_folder(__name__, __path__)

available, lookup, register = evaluators.available, evaluators.lookup, evaluators.register

__all__ = ["OFFERED", "Evaluator", "available", "evaluators", "lookup", "register"]
