"""What the files of a folder register, read from their text: names and options, known without importing the files."""

import ast
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from keras_ean.registry import Registry

T = TypeVar("T", ast.ClassDef, ast.FunctionDef)
ROOT = Path(__file__).parent
HINTS = {**vars(typing), "Callable": Callable, "Iterable": Iterable, "Mapping": Mapping, "Sequence": Sequence}
"""What annotations may name. A parameter of another type is known by its name alone."""


def registry(kind: str, package: str, attribute: str = "REGISTRY") -> Registry:
    """The registry that a package fills when it is imported, or, as long as it is not, an outline of it.

    Somebody who registers a class of their own has imported the package for it.

    Args:
        kind: What it holds, for messages.
        package: The package, each of whose files registers what it holds.
        attribute: The name of the registry in the package.

    Example:
        >>> registry("export format", "keras_ean.exporting.formats").available()
        ['keras', 'litert', 'onnx', 'saved_model']
    """
    if package in sys.modules:
        return getattr(sys.modules[package], attribute)
    found: Registry = Registry(kind)
    found.classes.update(registered(ROOT.joinpath(*package.split(".")[1:])))
    return found


@cache
def registered(folder: Path) -> dict[str, type]:
    """Outlines of the classes that the files of a folder register, by the names that they are registered by."""
    nodes = [node for file in sorted(folder.glob("*.py")) for node in statements(file, ast.ClassDef)]
    made = outlined_all(nodes)
    return {known: made[node.name] for node in nodes for known in names(node)}


@cache
def outlines(file: Path) -> dict[str, type]:
    """Outlines of the classes in a file, by name."""
    return outlined_all([*statements(file, ast.ClassDef)])


@cache
def decorated(file: Path, decorator: str) -> list[str]:
    """Names of the functions in a file that are decorated with that.

    Example:
        >>> decorated(ROOT / "supernet" / "sampling.py", "strategy")[:2]
        ['bernoulli', 'per_image']
    """
    functions = statements(file, ast.FunctionDef)
    return [node.name for node in functions if decorator in map(ast.unparse, node.decorator_list)]


def statements(file: Path, kind: type[T]) -> Iterator[T]:
    """The classes, or the functions, of a file, as they are written."""
    return (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, kind))


def outlined_all(nodes: Sequence[ast.ClassDef]) -> dict[str, type]:
    """Outlines of classes, some of which are bases of others."""
    written, made = {node.name: node for node in nodes}, dict[str, type]()

    def outline(name: str) -> type:
        if name not in made:
            bases = [base.id for base in written[name].bases if isinstance(base, ast.Name)]
            made[name] = outlined(written[name], [outline(base) for base in bases if base in written])
        return made[name]

    return {name: outline(name) for name in written}


def names(node: ast.ClassDef) -> Iterator[str]:
    """What a class is registered by, with `@register("name")`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("register"):
            texts = [one.value for one in decorator.args if isinstance(one, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str))


def outlined(node: ast.ClassDef, bases: Iterable[type] = ()) -> type:
    """A class with the same name, constants and arguments as one that is written, which does nothing.

    Example:
        >>> import inspect
        >>> text = "class Paint:\\n  wet = True\\n  def __init__(self, tone: Unknown, width: int = 3): self.tone = tone"
        >>> paint = outlined(ast.parse(text).body[0])
        >>> paint.wet, inspect.signature(paint)
        (True, <Signature (tone, width: int = 3)>)
    """
    members: dict[str, Any] = {}
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            members["__init__"] = stub(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            members |= {ast.unparse(target): statement.value.value for target in targets}
    return type(node.name, tuple(bases) or (object,), members)


def stub(node: ast.FunctionDef) -> Callable:
    """A function with the same parameters as one that is written, which does nothing."""
    arguments = node.args
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if parameter.annotation is not None and not known(parameter.annotation):
            parameter.annotation = None
    arguments.defaults = [one if known(one) else ast.Constant(None) for one in arguments.defaults]
    arguments.kw_defaults = [one if one is None or known(one) else ast.Constant(None) for one in arguments.kw_defaults]
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            rest.annotation = None
    node.body, node.decorator_list, node.returns = [ast.Pass()], [], None
    scope: dict[str, Any] = dict(HINTS)
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), node.name, "exec"), scope)
    return scope[node.name]


def known(expression: ast.expr) -> bool:
    """Whether an annotation or a default can be told without the imports of its file."""
    try:
        eval(compile(ast.Expression(expression), "", "eval"), dict(HINTS))
    except NameError:
        return False
    return True
