from . import algorithms, costs, evaluators, outcome
from .algorithms import Searcher, available, register
from .evaluation import Evaluation
from .evaluators.base import Evaluator
from .evaluators.early_stopping import EarlyStopping
from .evaluators.fine_tuning import TuningEvaluator
from .evaluators.from_scratch import TrainingEvaluator
from .evaluators.gate_statistics import GateStatisticsEvaluator
from .evaluators.gates import GateEvaluator
from .evaluators.held import HeldEvaluator
from .evaluators.learned_gates import LearnedGatesEvaluator
from .evaluators.racing import Racing
from .evaluators.supernet import SupernetEvaluator
from .evaluators.task import TaskEvaluator
from .evaluators.zero_cost import ZeroCostEvaluator
from .gaussian_process import GaussianProcess
from .host.hypermodel import SchemeHyperModel
from .host.objective import OBJECTIVE
from .host.oracle import SchemeOracle
from .host.oracles import (
    EvolutionOracle,
    GreedyOracle,
    NSGA2Oracle,
    RandomOracle,
    ReinforceOracle,
    ScreeningOracle,
    SpacedOracle,
    SurrogateOracle,
    get,
)
from .host.tuner import SchemeTuner
from .outcome import Conclusion, NoSignalWarning
from .reward import Cost, Reward
from .space_shrinking import SpaceShrinking

__all__ = [
    "OBJECTIVE",
    "Conclusion",
    "Cost",
    "EarlyStopping",
    "Evaluation",
    "Evaluator",
    "EvolutionOracle",
    "GateEvaluator",
    "GateStatisticsEvaluator",
    "GaussianProcess",
    "GreedyOracle",
    "HeldEvaluator",
    "LearnedGatesEvaluator",
    "NSGA2Oracle",
    "NoSignalWarning",
    "Racing",
    "RandomOracle",
    "ReinforceOracle",
    "Reward",
    "SchemeHyperModel",
    "SchemeOracle",
    "SchemeTuner",
    "ScreeningOracle",
    "Searcher",
    "SpaceShrinking",
    "SpacedOracle",
    "SupernetEvaluator",
    "SurrogateOracle",
    "TaskEvaluator",
    "TrainingEvaluator",
    "TuningEvaluator",
    "ZeroCostEvaluator",
    "algorithms",
    "available",
    "costs",
    "evaluators",
    "get",
    "outcome",
    "register",
]
