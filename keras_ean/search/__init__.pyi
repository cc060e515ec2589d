from .evaluation import Evaluation
from .evaluator import SupernetEvaluator
from .oracle import OBJECTIVE, SchemeOracle
from .oracles import ReinforceOracle, available, get
from .reward import Cost, Reward
from .searcher import Searcher
from .tuner import SchemeTuner

__all__ = [
    "OBJECTIVE",
    "Cost",
    "Evaluation",
    "ReinforceOracle",
    "Reward",
    "SchemeOracle",
    "SchemeTuner",
    "Searcher",
    "SupernetEvaluator",
    "available",
    "get",
]
