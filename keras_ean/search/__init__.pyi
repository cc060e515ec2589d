from . import costs
from .algorithms.searcher import Searcher
from .evaluation import Evaluation
from .evaluators.base import Evaluator
from .evaluators.early_stopping import EarlyStopping
from .evaluators.fine_tuning import TuningEvaluator
from .evaluators.from_scratch import TrainingEvaluator
from .evaluators.supernet import SupernetEvaluator
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
    "EarlyStopping",
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
