"""What documents, experiments and benchmarks use of this package exists, and is public.

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
BREAKING = {
    "chaos",
    "damages",
    "full_disk",
    "fuzzed_files",
    "fuzzed_words",
    "fuzzing",
    "interrupting",
    "killed_workers",
    "kills",
    "tiny_run",
}
"""Benchmarks that break the package part by part on purpose, as tests do."""
FILES = [
    path
    for pattern in ("*.md", "docs/*.md", "experiments/*.md", "benchmarks/*.md", "experiments/*.py", "benchmarks/*.py")
    for path in sorted(ROOT.glob(pattern))
    if path.suffix != ".py" or path.stem not in BREAKING
]
IN_PROSE = re.compile(r"(?<![\w./-])(?<!-m )(?:ean|keras_ean)\.\w+(?:\.\w+)*")


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
    """The first part of `keras_ean.names[0].names[1]…` that does not exist, or is not public in its module."""
    thing, path = keras_ean, "keras_ean"
    for name in names:
        path = f"{path}.{name}"
        module = isinstance(thing, types.ModuleType)
        if not hasattr(thing, name) or (module and name not in public(thing) and name != "__version__"):
            return path
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


def in_prose(path: Path) -> list[list[str]]:
    """The names that a document's text mentions, code included; none of a program."""
    text = path.read_text(encoding="utf-8") if path.suffix == ".md" else ""
    return [name.split(".")[1:] for name in IN_PROSE.findall(text)]


def faults(path: Path) -> set[str]:
    found = [*used(ast.parse("\n".join(programs(path)))), *in_prose(path)]
    return {wrong for names in found if (wrong := fault(names))}


@pytest.mark.parametrize("name", [str(path.relative_to(ROOT)) for path in FILES])
def test_nothing_deeper_than_a_user_may(name):
    assert not faults(ROOT / name)


def test_every_public_name_is_there():
    for module in (keras_ean, *(getattr(keras_ean, name) for name in keras_ean.__all__)):
        if isinstance(module, types.ModuleType):
            assert not [name for name in public(module) if not hasattr(module, name)], module.__name__


def test_a_deeper_import_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nfrom keras_ean.search.host.tuner import SchemeTuner\nfrom keras_ean import search\n"
        "search.SchemeTuner.search\nsearch.SchemeTuner.find\nsearch.host\nean.run.pipeline.Run\nean.Run.search\n```\n"
    )
    assert faults(page) == {"keras_ean.search.host", "keras_ean.search.SchemeTuner.find", "keras_ean.run.pipeline"}
    assert importlib.import_module("keras_ean.run.pipeline").Run is keras_ean.Run


def test_a_name_in_prose_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "`ean.plug` does it, `keras_ean.plugging.points` not; nor `ean.search.choose(…)`. See keras_ean/scheme.py."
    )
    assert faults(page) == {"keras_ean.plugging.points", "keras_ean.search.choose"}


def test_a_deeper_import_of_a_script_is_seen(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from keras_ean.bench.table import Table\nimport keras_ean.files\nfrom keras_ean import nothing\n"
    )
    assert faults(script) == {"keras_ean.bench.table", "keras_ean.files", "keras_ean.nothing"}
