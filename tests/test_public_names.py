"""What README, CONTRIBUTING, documentation, experiments and benchmarks use of this package is public.

Public are the names in `keras_ean.__all__`; of a public subpackage those in its `__all__`; of a public module without
one, what it defines itself.
"""

import ast
import importlib
import re
import types
from pathlib import Path

import pytest

import keras_ean

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "experiments/*.py", "benchmarks/*.py")
    for path in sorted(ROOT.glob(pattern))
]
NOT_YET = {
    # The search's layout and EAN-Bench's are being changed; these use what will be public there.
    "experiments/bench.py",
    "experiments/ranking.py",
    "experiments/ranking_study.py",
    "experiments/replays.py",
    "benchmarks/naming.py",
    "benchmarks/scoring.py",
    "benchmarks/search_speed.py",
    "benchmarks/searchers.py",
}
"""Files that still import deeper; each is taken off when its imports are public."""
ON_PURPOSE = {"benchmarks/step_worker.py": {"keras_ean.backbones.blocks"}}
"""It puts Keras's own BatchNorm in the place of the blocks', to time it."""


def public(module: types.ModuleType) -> set[str]:
    names = getattr(module, "__all__", None)
    if names is not None:
        return set(names)
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }


def fault(names: list[str]) -> str | None:
    """The first part of `keras_ean.names[0].names[1]…` that is not public; parts of a class do not count."""
    thing, path = keras_ean, "keras_ean"
    for name in names:
        if not isinstance(thing, types.ModuleType):
            return None
        if name not in public(thing) and name != "__version__":
            return f"{path}.{name}"
        path = f"{path}.{name}"
        thing = getattr(thing, name)
    return None


def used(tree: ast.AST) -> list[list[str]]:
    """Every use of the package, as the names behind `keras_ean`."""
    found, known = [], {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "keras_ean":
            for alias in node.names:
                names = [*node.module.split(".")[1:], alias.name]
                known[alias.asname or alias.name] = names
                found.append(names)
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "keras_ean":
                    names = alias.name.split(".")[1:]
                    known[alias.asname or "keras_ean"] = names if alias.asname else []
                    found.append(names)
    for node in ast.walk(tree):
        names = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if names and isinstance(node, ast.Name) and node.id in known:
            found.append([*known[node.id], *names])
    return found


def programs(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [text]
    # One program, since a later piece uses what an earlier one has imported.
    code = ["import keras_ean as ean"]
    for block in re.findall(r"^```(?:python|pycon)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        if any(line.startswith(">>> ") for line in lines):
            lines = [line[4:] for line in lines if line.startswith((">>> ", "... "))]
        code.append("\n".join(lines))
    return code


def faults(path: Path) -> set[str]:
    tree = ast.parse("\n".join(programs(path)))
    return {wrong for names in used(tree) if (wrong := fault(names))}


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in FILES])
def test_nothing_deeper_than_a_user_may(name):
    found = faults(ROOT / name) - ON_PURPOSE.get(name, set())
    if name in NOT_YET:
        assert found, f"{name} uses public names only: take it off the list."
    else:
        assert not found


def test_every_public_name_is_there():
    for module in (keras_ean, *(getattr(keras_ean, name) for name in keras_ean.__all__)):
        if isinstance(module, types.ModuleType):
            assert not [name for name in public(module) if not hasattr(module, name)], module.__name__


def test_a_deeper_import_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nfrom keras_ean.search.host.tuner import SchemeTuner\nfrom keras_ean import search\n"
        "search.SchemeTuner\nsearch.host\nean.run.pipeline.Run\nean.Run.search.anything\n```\n"
    )
    assert faults(page) == {"keras_ean.search.host", "keras_ean.run.pipeline"}
    assert importlib.import_module("keras_ean.run.pipeline").Run is keras_ean.Run
