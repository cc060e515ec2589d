"""The changes that are made to a source, and what is left alone."""

import pytest


def changes(source, *kinds):
    """The mutated sources of some kinds, or all, of a source that ends in a newline."""
    import mutation

    found = mutation.candidates("file.py", source)
    return [mutant.mutated for mutant in found if mutant.valid and mutant.kind in (kinds or {mutant.kind})]


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("a + b * c\n", "operator", ["a - b * c\n", "a + b / c\n"]),
        ("a += b\n", "operator", ["a -= b\n"]),
        ("(a) // (  # why\n    b)\n", "operator", ["(a) / (  # why\n    b)\n"]),
        ("-a\n", "operator", ["a\n"]),
        ("a < b <= c\n", "comparison", ["a <= b <= c\n", "a < b < c\n"]),
        ("a not  in b\n", "comparison", ["a in b\n"]),
        ("a is b\n", "comparison", ["a is not b\n"]),
        ("a and b or c\n", "boolean", ["a or b or c\n", "a and b and c\n"]),
        ("not a\n", "boolean", ["a\n"]),
        ("b if a(c) else d\n", "boolean", ["b if (not a(c)) else d\n"]),
        ("[a for a in b if a]\n", "boolean", ["[a for a in b if (not a)]\n"]),
        ("a = 0, 2.5, 0.0, True, 'é', None\n", "constant", "1 5.0 1.0 False 'é?'"),
        ("a = f'{b + 1} and {b}'\n", "constant", ["a = (f'{b + 1} and {b}' + \"?\")\n"]),
        ("f(a, *b, c, d)\n", "swap", ["f(a, *b, d, c)\n"]),
        ("f(a, a)\n", "swap", []),
        ("f(a, b=c, d=e)\n", "keyword", ["f(a, d=e)\n", "f(a, b=c)\n"]),
        ("f(\n    a=(b),\n)\n", "keyword", ["f(\n    \n)\n"]),
        ("def f():\n    return a(1), 2\n", "return", ["def f():\n    return None\n"]),
        ("def f():\n    return True\n", "return", []),
    ],
)
def test_one_place_is_changed(source, kind, expected):
    found = changes(source, kind)
    if isinstance(expected, str):  # One of the values that the source lists.
        listed = source.removeprefix("a = ").strip().split(", ")
        assert found == [
            f"a = {', '.join([*listed[:place], value, *listed[place + 1 :]])}\n"
            for place, value in enumerate(expected.split())
        ]
    else:
        assert found == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A module."""\n',
        'def f(a: Literal["b"]) -> tuple[int, 3]:\n    """Text."""\n    b: "c"\n    """Text."""\n',
        '__all__ = ["a"]\n',
        'raise ValueError(f"{a + 1}")\n',
        'assert a == 1, "text"\n',
        'logger.warning("text %s", a)\n',
        "zip(a, strict=True)\n",
        'if __name__ == "__main__":\n    f(1)\n',
        "if TYPE_CHECKING:\n    a = 1\n",
    ],
)
def test_what_is_no_behaviour_stays(source):
    assert changes(source) == []


def test_what_does_not_compile_or_means_the_same_is_no_mutant():
    import mutation

    unlike = mutation.Mutant("file.py", "a = 1\n", 4, 5, "(", "constant")
    same = mutation.Mutant("file.py", "a = 1\n", 4, 5, "(1)", "constant")
    other = mutation.Mutant("file.py", "a = 1\n", 4, 5, "2", "constant")
    assert [mutant.valid for mutant in (unlike, same, other)] == [False, False, True]


def test_a_mutant_is_known_again_in_a_moved_file_and_its_change_in_an_edited_one():
    import mutation

    [mutant] = mutation.candidates("a/file.py", "a = 1\n")
    [moved] = mutation.candidates("b/file.py", "a = 1\n")
    [edited] = mutation.candidates("a/file.py", "b = c\nif d < c:\n    a = 1\n")[1:]
    assert mutant.identity == moved.identity != edited.identity
    assert mutant.change == edited.change == ("file.py", "-a = 1", "+a = 2")


STATEMENTS = """\
a = 1


@decorated(2)
def f(b=3):
    return 4


def g():
    c = (5,
         c)
    if c == 6:
        c = 7
    elif (
        c == 8):
        def h(): f()
"""


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        ("1", set()),  # At import.
        ("2", {4, 5, 6}),  # The function that is defined.
        ("3", {4, 5, 6}),
        ("4", {6}),
        ("5", {10, 11}),
        ("6", {12}),
        ("7", {13}),
        ("8", {14, 15}),
    ],
)
def test_the_lines_that_whoever_notices_executes(place, lines):
    import mutation

    mutants = mutation.candidates("file.py", STATEMENTS)
    [mutant, *_] = [mutant for mutant in mutants if STATEMENTS[mutant.start : mutant.end] == place]
    assert mutant.lines == lines
    assert mutant.bodies == {6, 10, 11, 12, 13, 14, 15, 16}
