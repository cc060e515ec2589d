"""One model of a report, written as Markdown and as one HTML file."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from keras_ean.escaping import markdown, prose
from keras_ean.measure.svg import inline_svg, literally
from keras_ean.run.report.as_html import as_html
from keras_ean.run.report.as_markdown import as_markdown
from keras_ean.run.report.class_figures import confusion_figure
from keras_ean.run.report.page import Code, Page, Picture, Section, Table, Text
from tests.run.report.reading import read_page

NASTY = "<script>alert('x')</script> & \"a|b\" $\\frac{ 猫"


def drawn(title="a title"):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.scatter([1, 2], [3, 4], label="dots", clip_on=True)
    axes.legend()
    axes.text(1, 3, "white", color="white", bbox={"facecolor": "white", "edgecolor": "black"})
    figure.suptitle(title)
    figure.supxlabel("a caption in the picture")
    return figure


@pytest.fixture
def page():
    with literally():
        sections = [
            Section("Words & more", [Text(f"One line.\nAnother of {NASTY}"), Code(f"name: {NASTY}")]),
            Section("Figures", [Picture("one", NASTY, drawn(), "First."), Picture("two", "two", drawn(NASTY))]),
            Section("Numbers", [Table(("class", "n", "do"), [(NASTY, "1", "ls"), ("b", "2", "")], "tnc", "What.", 1)]),
        ]
        yield Page(f"{NASTY} · net", "undecided", [f"Undecided: {NASTY}.", "Recommended: none."], sections)


def written(page, folder):
    file = folder / "report.html"
    drawings = {one.name: inline_svg(one.figure, one.name, one.alternative) for one in page.pictures}
    file.write_text(as_html(page, drawings), encoding="utf-8")
    return read_page(file)


def test_the_page_holds_everything_and_escapes_all_names(page, tmp_path):
    reader = written(page, tmp_path)
    seen = " ".join(NASTY.split())
    assert reader.text.count(seen) == 6  # Browser's title, heading, lead, text, code, cell; drawings lose their titles.
    assert [one["aria-label"] for one in reader.all("svg")] == [NASTY, "two"]
    anchors = [one["href"] for one in reader.all("a")]
    assert anchors == ["#words-more", "#figures", "#numbers"]
    assert [one["id"] for one in reader.all("h2")] == [anchor[1:] for anchor in anchors]
    assert [one.get("class") for one in reader.all("tr")] == [None, None, "strong"]
    assert "Does attention pay? Undecided" in reader.text
    assert "(perhaps" not in reader.text
    doubted = written(replace(page, doubt="perhaps not at the plateau"), tmp_path)
    assert "Undecided (perhaps not at the plateau)" in doubted.text


def test_drawings_follow_the_page_and_say_nothing_that_it_says(page):
    drawing = inline_svg(drawn(), "one", "dots")
    assert drawing == inline_svg(drawn(), "one", "dots")
    assert "a title" not in drawing
    assert "a caption" not in drawing
    assert ">dots</text>" in drawing
    assert "fill: currentColor" in drawing or "stroke: currentColor" in drawing
    assert "var(--paper, #ffffff)" in drawing
    assert "#000000" not in drawing
    assert "<metadata" not in drawing


def test_names_of_classes_are_no_formulas(page, tmp_path):
    figure = confusion_figure(np.array([[3, 1], [0, 2]]), [NASTY, "$x$"], NASTY)
    drawing = inline_svg(figure, "confusion", "which")
    assert "&lt;script&gt;" in drawing
    assert "<script" not in drawing
    assert ">$x$</text>" in drawing
    assert [text for text in "3120" if f">{text}</text>" in drawing] == ["3", "1", "2"]


def test_as_markdown(page):
    text = as_markdown(page)
    assert text.startswith(
        f"# {markdown(NASTY)} · net\n\nUndecided: {prose(NASTY)}.\n\nRecommended: none.\n\n## Words & more\n\nOne"
    )
    assert "| class | n | do |\n| --- | --: | --- |\n" in text
    assert "| b | 2 |  |\n\nWhat.\n" in text
    assert f"| {markdown(NASTY)} | 1 | `ls` |" in text
    assert "![two](two.png)\n" in text
    assert "<script>" not in text.replace(f"name: {NASTY}", "")  # Between fences it is code.
