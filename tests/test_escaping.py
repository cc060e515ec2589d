"""Names that break what is not careful, at every border."""

import io
from xml.etree import ElementTree

import pytest
import yaml
from matplotlib.figure import Figure
from rich.console import Console

from keras_ean import escaping
from keras_ean.measure import save_figure
from keras_ean.measure.svg import inline_svg, literally
from keras_ean.run.yaml_text import read_yaml

NAMES = (
    "$x^$",
    "$\\frac$",
    "[/b]",
    "[red]x[/]",
    "\\[b]\\",
    "\x1b[31mred\x1b[0m",
    "a|b",
    "# a\nb",
    "a: {b, c]",
    "'\"`*_~<script>&",
    "-",
    "yes",
    "1e3",
    "\u202egnp.exe",
    "é\u2028東\t京 👩‍🚀",
    "",
    "no character: \ufffe\uffff",
    "x" * 2000,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_is_given_no_orders(name):
    shown = escaping.terminal(name)
    assert not set(shown) & {"\x1b", "\x9b", "\r", "\u202e", "\u2028"}
    assert escaping.terminal("é東京 👩‍🚀") == "é東京 👩‍🚀"


@pytest.mark.parametrize("name", NAMES)
def test_rich_shows_it_as_it_is(name):
    output = io.StringIO()
    Console(file=output, width=4000).print(escaping.rich(name))
    assert " ".join(escaping.terminal(name).split()) in " ".join(output.getvalue().split())


@pytest.mark.parametrize("name", NAMES)
def test_yaml_reads_it_back_from_one_line(name):
    line = escaping.yaml_line({"name": name, "size": 3})
    assert "\n" not in line
    assert read_yaml(f"# comment\ndata: {line}\nseeds: 1") == {"data": {"name": name, "size": 3}, "seeds": 1}
    assert yaml.safe_load(escaping.yaml_line(name)) == name


@pytest.mark.parametrize("name", NAMES)
def test_markdown_reads_as_it_was_written(name):
    line = escaping.markdown(name)
    assert "\n" not in line
    unescaped = line
    for mark in "\\`*[]<>|$~#_":
        assert f"\\{mark}" in line or mark not in name or mark in "_\\"
        unescaped = unescaped.replace(f"\\{mark}", mark) if mark != "\\" else unescaped
    if "\\" not in name and name.isprintable():
        assert unescaped == " ".join(name.split())


@pytest.mark.parametrize("where", ["text", "ticks", "labels of ticks", "legend"])
def test_matplotlib_draws_it(tmp_path, where):
    figure = Figure()
    axes, names = figure.subplots(), [*NAMES, "a\x00b"]
    for place, name in enumerate(names):
        if where == "text":
            figure.text(0, 0, name)
        elif where == "legend":
            axes.plot([0, place], label=name)
    if where == "ticks":
        axes.set_xticks(range(len(names)), names)
    elif where == "labels of ticks":
        axes.set_yticks(range(len(names)))
        axes.set_yticklabels(names)
    elif where == "legend":
        axes.legend()
    figure.suptitle("$x^$")
    with literally():
        ElementTree.fromstring(inline_svg(figure, "a", "nothing"))
        save_figure(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()
