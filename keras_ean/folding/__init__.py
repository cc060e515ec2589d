"""Folding gates that are constant into the layers around them."""

from keras_ean.folding.finding import find_gates
from keras_ean.folding.fold import fold
from keras_ean.folding.folded import Folded, FoldedGate
from keras_ean.folding.gate_place import GatePlace, Gates
from keras_ean.folding.pruning import prune_gates
from keras_ean.folding.reestimation import reestimate
from keras_ean.folding.removing import without
from keras_ean.folding.scoring import GuessedWarning, Scoring
from keras_ean.folding.steadying import steady

__all__ = [
    "Folded",
    "FoldedGate",
    "GatePlace",
    "Gates",
    "GuessedWarning",
    "Scoring",
    "find_gates",
    "fold",
    "prune_gates",
    "reestimate",
    "steady",
    "without",
]
