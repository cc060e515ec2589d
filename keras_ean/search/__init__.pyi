from . import costs
from .algorithms.searcher import Searcher
from .evaluation import Evaluation
from .evaluators.base import Evaluator
from .evaluators.early_stopping import Screening
from .evaluators.supernet import SupernetEvaluator
from .evaluators.training import TrainingEvaluator
from .evaluators.tuning import TuningEvaluator
from .host.hypermodel import SchemeHyperModel
from .host.oracle import OBJECTIVE, SchemeOracle
from .host.oracles import (
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
    register,
)
from .host.tuner import SchemeTuner
from .outcome.conclusion import Conclusion, NoSignalWarning
from .reward import Cost, Reward

__all__ = [
    "OBJECTIVE",
    "Conclusion",
    "Cost",
    "Evaluation",
    "Evaluator",
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
    "register",
]
