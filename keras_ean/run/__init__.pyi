from . import effort, networks, report, trainer, verdict
from .config import Config
from .config_file import load_config, parse_config, read_config
from .fitting import fitted
from .folder import RunFolder, read_json, versions
from .pipeline import Run
from .plan import Plan
from .ranking import Ranking

__all__ = [
    "Config",
    "Plan",
    "Ranking",
    "Run",
    "RunFolder",
    "effort",
    "fitted",
    "load_config",
    "networks",
    "parse_config",
    "read_config",
    "read_json",
    "report",
    "trainer",
    "verdict",
    "versions",
]
