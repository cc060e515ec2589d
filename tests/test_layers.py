"""The layers of the package: what its modules import, read from their text, without running them.

An import counts wherever it stands: at the top of a file, in a function, or under TYPE_CHECKING.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import keras_ean

ROOT = Path(keras_ean.__file__).parent

LAYERS = (
    ("escaping", "option_types"),
    # `keras_ean` itself counts as its `__version__` alone: its other names are resolved when they are asked for.
    ("keras_ean", "registry", "late", "layer_names", "progress_bar", "text_table"),
    ("outline", "attention_options"),
    ("backend", "children", "files", "npz", "onednn", "place_names", "scheme", "tracking", "versions"),
    ("attention", "backbones", "data", "graph"),
    # Counts what a graph computes, and knows attention when it sees it.
    ("measure",),
    ("recipes", "supernet"),
    ("plugging", "training"),
    # Finds the ends of the stages as plugging does, so it stands above it.
    ("transferring", "folding"),
    ("looking", "search"),
    ("exporting", "optimize", "interop", "bench"),
    ("costing",),
    ("run",),
    ("improving",),
    ("cli", "catalogue", "testing"),
)
"""From the bottom; a part imports from itself and from the rows above its own here, which lie below it in the house."""


def modules() -> dict[str, Path]:
    """The package's modules by name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = (ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """The modules of the package that the module `name` imports."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            if origin in MODULES:
                yield from {f"{origin}.{alias.name}" for alias in node.names} & MODULES.keys()
                if any(f"{origin}.{alias.name}" not in MODULES for alias in node.names):
                    yield origin


IMPORTS = {name: sorted(set(imported(name)) - {name}) for name in MODULES}


def part(module: str) -> str:
    """The subpackage or file at the top of the package that a module belongs to."""
    return (module.split(".")[1:] or [module])[0]


def circles() -> set[tuple[str, ...]]:
    """Groups of modules of which each imports, over others perhaps, every other."""
    reached = {name: set(targets) for name, targets in IMPORTS.items()}
    for between in MODULES:
        for name in MODULES:
            if between in reached[name]:
                reached[name] |= reached[between]
    groups = {tuple(sorted(other for other in reached[name] if name in reached[other])) for name in MODULES}
    return groups - {()}


def test_every_part_has_a_layer():
    assert {part(name) for name in MODULES} <= {name for row in LAYERS for name in row}


def test_imports_point_downwards():
    layer = {name: number for number, row in enumerate(LAYERS) for name in row}
    arrows = {(name, target) for name, targets in IMPORTS.items() for target in targets if part(name) != part(target)}
    assert not {arrow for arrow in arrows if layer[part(arrow[0])] <= layer[part(arrow[1])]}


def test_no_modules_import_each_other():
    assert not circles()


def test_no_file_is_longer_than_300_lines():
    files = [*MODULES.values(), *Path(__file__).parent.rglob("*.py")]
    assert [path for path in files if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []
