from . import networks, report
from .config import Config
from .config_file import load_config, parse_config
from .folder import RunFolder, read_json, versions
from .pipeline import Run
from .ranking import Ranking

__all__ = [
    "Config",
    "Ranking",
    "Run",
    "RunFolder",
    "load_config",
    "networks",
    "parse_config",
    "read_json",
    "report",
    "versions",
]
