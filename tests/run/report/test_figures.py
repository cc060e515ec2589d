import pytest

from keras_ean import Scheme
from keras_ean.measure.figure_style import FOUND, save_figure
from keras_ean.run.report import figures, rows


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_shared_modules_are_drawn_once_per_connected_stage():
    figure = figures.scheme_figure(Scheme("110 000 001"), "se", "title")
    found = texts(figure)
    assert [str(block) for block in range(9)] == [text for text in found if text.isdigit()]
    assert len(figure.axes) == 1
    lines = [line for line in figure.axes[0].lines if line.get_color() == FOUND]
    assert len(lines) == 3
    assert {line.get_xdata()[0] for line in lines} == {1.0, 8.2}


def test_long_backbones_have_a_row_per_stage():
    figure = figures.scheme_figure(Scheme.random((18, 18, 18)), "dia", "title")
    assert len(figure.axes) == 3


def test_unshared_modules_are_above_their_blocks():
    figure = figures.scheme_figure(Scheme("110"), "se", "title", share=False)
    assert texts(figure).count("SE") == 2


def test_search_figure_marks_the_named_scheme_and_the_best_so_far():
    schemes = [Scheme("10"), Scheme("11"), Scheme("01")]
    figure = figures.search_figure(schemes, [0.5, 0.7, 0.6], schemes[1], "title")
    order = figure.axes[0]
    assert list(order.lines[0].get_ydata()) == pytest.approx([50, 70, 70])
    assert "named: 11" in [text.get_text() for text in order.get_legend().get_texts()]


def test_comparison_figure_has_a_point_per_network(tmp_path):
    training = {"images": 100, "parameters": 10, "flops": None, "latency_ms": 1.0}
    found = rows(
        [
            {"name": "plain", "scheme": "00", "accuracy": 0.5, **training},
            {"name": "found", "scheme": "01", "accuracy": 0.6, **training, "parameters": 12},
        ]
    )
    figure = figures.comparison_figure(found, "title")
    assert [bar.get_width() for bar in figure.axes[1].patches] == pytest.approx([0, 20])
    save_figure(figure, tmp_path / "new" / "figure.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figure.png"]
