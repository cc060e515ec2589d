"""Every module of the package has tests: a file of its own in the same place, an example in its text that is run, a
test file that imports it, or else the test of something greater that it is a part of, which is named here."""

import re
from pathlib import Path

from tests.test_layers import MODULES

TESTS = Path(__file__).parent
FILES = {path.relative_to(TESTS).as_posix(): path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
COVERED = {
    "backbones/test_backbones.py": "backbones.blocks backbones.resnet_cifar",
    "cli/test_app.py": "cli.saying",
    "cli/test_cost.py": "cli.model_file",
    "cli/test_improve.py": "run.model_file",
    "cli/test_plan.py": "run.model_starter run.starter",
    "data/batches/test_augment.py": "data.pixels data.threads",
    "data/batches/test_batches.py": "data.batches.batch_plan",
    "data/batches/test_tf_data.py": "data.batches.cutting",
    "data/sources/test_arrays.py": "data.partition data.sources.npz data.statistics",
    "data/sources/test_contract.py": "data.encoded data.image_data",
    "exporting/formats/test_contract.py": "exporting.formats.keras_file",
    "folding/test_exact.py": "folding.absorbing folding.affine folding.folded folding.gate_place folding.rewriting",
    "folding/test_fold.py": "folding.measured folding.timing",
    "graph/test_graph.py": "graph.naming",
    "measure/test_effects.py": "measure.least_squares",
    "optimize/test_optimize.py": "optimize.refused",
    "optimize/test_pruning.py": "optimize.kernels",
    "plugging/test_identity_start.py": "attention.wrapper",
    "plugging/test_points.py": "plugging.picture plugging.point",
    "run/test_checks.py": "search.offered",
    "run/test_config.py": "run.config_faults run.config_section",
    "run/test_damaged.py": "run.receipts run.searched",
    "run/test_effort.py": "run.budget",
    "run/test_images.py": "run.subjects",
    "run/test_left_early.py": "run.doubts run.stages.shrinking",
    "run/test_pipeline.py": "run.stages.export run.stages.search run.stages.stage",
    "run/test_progress.py": "run.how_far run.underway",
    "search/host/test_distributed.py": "search.host.introduction search.host.servicer",
    "test_improving.py": "run.by_task run.given run.improvement run.stages.baseline run.worth",
}
"""By test file, modules of `keras_ean` that it tries as parts of something greater."""
NAMED = {name: file for file, names in COVERED.items() for name in names.split()}


def has_tests_of_its_own(module: str) -> bool:
    """Whether a module, named without the package, has a test file or an example, or is imported by a test file."""
    path, (*folders, name) = MODULES[f"keras_ean.{module}"], module.split(".")
    dotted, folder = re.escape(f"keras_ean.{module}"), re.escape(".".join(("keras_ean", *folders)))
    imports = re.compile(rf"\b{dotted}\b|\bfrom {folder} import [^\n]*\b{name}\b")
    return (
        "/".join((*folders, f"test_{name}.py")) in FILES
        or ">>> " in path.read_text(encoding="utf-8")
        or any(imports.search(text) for text in FILES.values())
    )


def test_every_module_has_tests():
    modules = {name.removeprefix("keras_ean.") for name, path in MODULES.items() if path.name != "__init__.py"}
    without = {name for name in modules if not has_tests_of_its_own(name)}
    assert sorted(without - NAMED.keys()) == [], "Write a test file for each, or name in COVERED the one that tries it."
    assert sorted(NAMED.keys() - without) == [], "These have tests of their own: COVERED need not name them."


def test_what_is_named_is_there():
    assert COVERED.keys() <= FILES.keys()
