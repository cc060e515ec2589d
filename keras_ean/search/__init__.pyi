from . import costs
from .conclusion import Conclusion, NoSignalWarning
from .evaluation import Evaluation
from .evaluator import SupernetEvaluator
from .hypermodel import SchemeHyperModel
from .oracle import OBJECTIVE, SchemeOracle
from .oracles import (
    EvolutionOracle,
    GreedyOracle,
    NSGA2Oracle,
    RandomOracle,
    ReinforceOracle,
    ScreeningOracle,
    SpacedOracle,
    SurrogateOracle,
    available,
    get,
)
from .reward import Cost, Reward
from .screening import Screening
from .searcher import Searcher
from .training import TrainingEvaluator
from .tuner import SchemeTuner
from .tuning import TuningEvaluator

__all__ = [
    "OBJECTIVE",
    "Conclusion",
    "Cost",
    "Evaluation",
    "EvolutionOracle",
    "GreedyOracle",
    "NSGA2Oracle",
    "NoSignalWarning",
    "RandomOracle",
    "ReinforceOracle",
    "Reward",
    "SchemeHyperModel",
    "SchemeOracle",
    "SchemeTuner",
    "Screening",
    "ScreeningOracle",
    "Searcher",
    "SpacedOracle",
    "SupernetEvaluator",
    "SurrogateOracle",
    "TrainingEvaluator",
    "TuningEvaluator",
    "available",
    "costs",
    "get",
]
