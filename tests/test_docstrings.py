"""The docstring of every public name begins with a whole sentence, which the reference shows first."""

import ast
import functools
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

import keras_ean
from tests.pages.blocks import ROOT
from tests.test_public_names import public

sys.path.insert(0, str(ROOT / "docs"))
import docstrings

VERB = re.compile(r"[A-Z][a-z]+s\b")
"""A sentence on what something does begins with "Makes", "Gives", "Tells", …"""
NOUNS = ("Batches", "BatchNorm", "Classes", "Costs", "Devices", "Images", "Labels", "Means", "Networks", "Numbers")
NOUNS += ("Places", "Rows", "States", "Statistics", "Trainings", "Values", "Words", "Weights", "Schemes", "Blocks")
FINITE = {"is", "are", "was", "were", "has", "have", "can", "may", "must", "does", "do", "will", "compute", "computes"}
CLAUSE = {"that", "which", "whose", "who", "where", "when", "what", "how", "whether", "with", "as", "if", ":", "("}
"""What opens a part of a sentence, whose verb is not that of the sentence."""


def fragment(text: str) -> str | None:
    """The first sentence of a docstring, if it is none."""
    first = inspect.cleandoc(text).split("\n\n")[0].replace("\n", " ")
    if not first.endswith((".", ":")):
        return first
    if VERB.match(first) and not first.startswith(NOUNS):
        return None
    for word in re.findall(r"`[^`]*`|[\w'-]+|[:(]", first):
        if word.lower() in CLAUSE:
            return first
        if word in FINITE:
            return None
    return first


def documented(module: types.ModuleType, seen: set[int]) -> Iterator[tuple[str, object]]:
    """Every public class and function, and every public member of these classes that is no override."""
    for name in sorted(public(module)):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType) and value.__name__.startswith("keras_ean"):
            yield from documented(value, seen)
        elif (inspect.isclass(value) or inspect.isfunction(value)) and id(value) not in seen:
            seen.add(id(value))
            yield f"{module.__name__}.{name}", value
            yield from members(f"{module.__name__}.{name}", value)


def members(path: str, value) -> Iterator[tuple[str, object]]:
    kinds = (property, functools.cached_property, classmethod, staticmethod, types.FunctionType)
    for name, member in vars(value).items() if inspect.isclass(value) else ():
        overrides = any(hasattr(base, name) for base in value.__bases__)
        if not name.startswith("_") and isinstance(member, kinds) and (member.__doc__ or not overrides):
            yield f"{path}.{name}", member


NAMES = dict(documented(keras_ean, set()))


def test_every_public_name_has_a_docstring():
    assert len(NAMES) > 500
    assert [name for name, value in NAMES.items() if not value.__doc__] == []


def test_docstrings_begin_with_a_sentence():
    assert [f"{name}: {wrong}" for name, value in NAMES.items() if (wrong := fragment(value.__doc__ or "."))] == []


def parameters(value) -> list[str]:
    """Of a class, function or method; what Keras's own classes take besides is theirs to explain."""
    if isinstance(value, property | functools.cached_property) or (
        inspect.isclass(value) and issubclass(value, BaseModel)
    ):
        return []  # The keys of a configuration are explained by its fields.
    try:
        taken = inspect.signature(getattr(value, "__func__", value)).parameters.values()
    except ValueError:  # It is made as its base class is.
        return []
    keras = {one.name for one in taken if one.kind is one.VAR_KEYWORD and one.name == "kwargs"}
    return [one.name for one in taken if one.name not in {"self", "cls", *keras} and not one.name.startswith("_")]


def told(value) -> set[str]:
    """What a docstring names: arguments, attributes, and words of its text; of a class, also those of its bases."""
    if (
        inspect.isclass(value)
        and len(ours := [one for one in value.__mro__ if one.__module__.startswith("keras_ean")]) > 1
    ):
        return set().union(*(told_by(one) for one in ours))
    return told_by(value)


def told_by(value) -> set[str]:
    text, sections = docstrings.parsed(getattr(value, "__func__", value))
    listed = " ".join(sections.get(part, "") for part in ("Args", "Attributes", "Returns"))
    return set(re.findall(r"\w+", f"{text} {listed}"))


def inherited(path: str) -> bool:
    """Whether it is a method that a base class has as well, which explains it."""
    base, _, name = path.rpartition(".")
    return base in NAMES and any(hasattr(one, name) for one in NAMES[base].__bases__)


def raises(value) -> set[str]:
    """The errors that the code of a function, or of what makes an object of a class, raises itself."""
    if inspect.isclass(value):
        value = vars(value).get("__init__", vars(value).get("__post_init__"))
    function = inspect.unwrap(getattr(value, "__func__", value)) if value is not None else None
    if not inspect.isfunction(function) or function.__code__.co_filename == "<string>":
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = (step.exc for step in ast.walk(tree) if isinstance(step, ast.Raise))
    calls = (error.func for error in raised if isinstance(error, ast.Call))
    return {name.id for name in calls if isinstance(name, ast.Name)} - {"NotImplementedError"}


def test_every_argument_is_explained():
    found = {}
    for name, value in NAMES.items():
        of_its_class = told(NAMES.get(name.rpartition(".")[0], int))
        if not inherited(name) and (missing := set(parameters(value)) - told(value) - of_its_class):
            found[name] = missing
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


def test_what_is_said_of_arguments_and_errors_begins_with_a_capital_and_ends_with_a_full_stop():
    found = []
    for name, value in NAMES.items():
        sections = docstrings.parsed(getattr(value, "__func__", value)).sections
        for part in {"Args", "Attributes", "Raises", "Warns"} & set(sections):
            for key, text in docstrings.entries(sections[part]).items():
                if text[0].islower() or text[-1] not in ".…:" or re.match("(Of|Default:|In place) ", text):
                    found.append(f"{name}: {key}: {text}")
    assert found == []


def test_errors_that_a_function_raises_are_named():
    found = {}
    for name, value in NAMES.items():
        doc = docstrings.parsed(getattr(value, "__func__", value))
        named = set(re.findall(r"\w+", doc.sections.get("Raises", "") + doc.text))
        if missing := raises(value) - named:
            found[name] = missing
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


@pytest.mark.parametrize(
    "text",
    ["The highest rate.", "A layer that has weights.", "Rows (batch, blocks): dealt.", "Gives the rate", "How it is."],
)
def test_a_fragment_is_seen(text):
    assert fragment(text) == text


@pytest.mark.parametrize("text", ["Gives the rate.", "This is the highest rate.", "`model` is left as it was."])
def test_a_sentence_is_none(text):
    assert fragment(text) is None
