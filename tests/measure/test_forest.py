import numpy as np

from keras_ean import Scheme
from keras_ean.measure.effects import effects
from keras_ean.measure.forest import forest_figure


def test_a_row_per_block_and_interaction_with_its_interval():
    random = np.random.default_rng(0)
    bits = random.integers(0, 2, (120, 6))
    bits[:, 5] = 1
    scores = bits @ [2.0, -2, 0, 1, 1, 1] + random.normal(size=120)
    found = effects(bits, scores, (2, 4), price=[0.1, 0.1, 0.2, 0.2, 0.2, 0.2])
    figure = forest_figure(found, "title")
    axis = figure.axes[0]
    rows = [label.get_text() for label in axis.get_yticklabels()]
    blocks = ["0 (stage 0)", "1 (stage 0)", "2 (stage 1)", "3 (stage 1)", "4 (stage 1)", "5 (stage 1)"]
    assert rows == [*blocks, *(pair.name for pair in found.interactions)]
    assert "stages 0×1" in rows
    drawn = {round(float(bar[0].get_ydata()[0])): float(bar[0].get_xdata()[0]) for bar in axis.containers}
    assert drawn[0] == found.blocks[0].effect
    assert 5 not in drawn
    assert [text.get_text() for text in axis.texts].count(" no estimate") == sum(
        np.isinf(row.error) for row in (*found.blocks, *found.interactions)
    )
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert legend == ["worth its price", "not worth it", "undecided", "price", "interaction (filled: not 0)"]


def test_without_enough_scores_no_block_has_an_estimate():
    figure = forest_figure(effects(np.array([[1, 0, 1], [1, 1, 1]]), np.array([0.5, 0.6]), (1, 2)), "title")
    assert [text.get_text() for text in figure.axes[0].texts] == [" no estimate"] * 3
    assert "what each block is worth on average over 2 schemes" in figure.get_suptitle()


def test_the_blocks_of_named_schemes_are_marked_and_the_figure_explained():
    bits = np.random.default_rng(0).integers(0, 2, (40, 3))
    marked = {"found": Scheme("1 01"), "recommended": Scheme("0 00")}
    words = "Each row is a block, and this sentence is long enough to be wrapped over two lines of the figure, " * 2
    figure = forest_figure(effects(bits, bits @ [1.0, 0, 2], (1, 2)), "title", marked=marked, explained=words)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["found", "●", "–", "●", "recommended", "–", "–", "–"]
    assert " ".join(figure.get_supxlabel().split()) == words.strip()
    assert "\n" in figure.get_supxlabel()


def test_of_many_interactions_only_those_that_are_not_0_are_drawn():
    random = np.random.default_rng(0)
    bits = random.integers(0, 2, (150, 24))
    signs = 2 * bits - 1
    found = effects(bits, bits[:, 0] + 3 * signs[:, 7] * signs[:, 8] + random.normal(size=150), (12, 12))
    assert len(found.interactions) == 24
    axis = forest_figure(found, "title").axes[0]
    drawn = [pair.name for pair in found.interactions if pair.decided != "undecided"]
    assert "7×8" in drawn
    assert [label.get_text() for label in axis.get_yticklabels()][24:] == drawn
    assert f"{24 - len(drawn)} interactions" in axis.get_xlabel()
