"""The docstring of every public name begins with a whole sentence, which the reference shows first."""

import functools
import inspect
import re
import types
from collections.abc import Iterator

import pytest

import keras_ean
from tests.test_public_names import public

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


def test_no_docstring_has_bars_which_the_site_takes_for_a_substitution():
    bars = re.compile(r"\|[^|\s][^|]*\|")
    assert [name for name, value in NAMES.items() if bars.search(value.__doc__.partition("Example:")[0])] == []


def test_no_property_begins_with_a_colon_which_the_site_takes_for_the_end_of_a_type():
    kinds = (property, functools.cached_property)
    found = [name for name, value in NAMES.items() if isinstance(value, kinds) and ":" in value.__doc__.splitlines()[0]]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["The highest rate.", "A layer that has weights.", "Rows (batch, blocks): dealt.", "Gives the rate", "How it is."],
)
def test_a_fragment_is_seen(text):
    assert fragment(text) == text


@pytest.mark.parametrize("text", ["Gives the rate.", "This is the highest rate.", "`model` is left as it was."])
def test_a_sentence_is_none(text):
    assert fragment(text) is None
