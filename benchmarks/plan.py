"""Is the time that a run plans the time that it takes? One whole run, from an empty folder.

    python benchmarks/plan.py [my.yaml] [--set key=value …]       # default: the demo; on an idle machine

Prints seconds of the plan and of the run, stage by stage, and the factor between them.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from keras_ean.run import Run, load_config


def main(arguments: list[str] | None = None) -> dict[str, tuple[float, float]]:
    """Gives planned and measured seconds by stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, nargs="?", help="YAML of a run")
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="as seeds=1; repeatable")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder) / "run", load_config(asked.config, asked.overrides), Console(quiet=True))
        planned, taken = run.plan().seconds(), {}
        stages: dict[str, Callable] = {
            "supernet": run.pretrain,
            "search": run.search,
            "networks": lambda: [network.figures() for network in run.compared()],
            "timing": lambda: (run.verdict(), run.pareto().points),
            "export and report": lambda: (run.export(), run.report()),
        }
        with run.folder.held():
            for stage, work in stages.items():
                with timed(taken, stage):
                    work()
    found = {stage: (planned[stage], taken[stage]) for stage in stages}
    found["together"] = sum(planned.values()), sum(taken.values())
    for stage, (before, after) in found.items():
        print(f"{stage:18} planned {before:6.1f} s, taken {after:6.1f} s: {after / before:.2f} times the plan")
    return found


@contextmanager
def timed(taken: dict[str, float], stage: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    taken[stage] = time.perf_counter() - begun


if __name__ == "__main__":
    main()
