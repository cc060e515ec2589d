from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from matplotlib.figure import Figure

from keras_ean import Scheme
from keras_ean.measure.effects import effects
from keras_ean.measure.figure_style import FOUND, RECOMMENDED, save_figure, whole_numbers
from keras_ean.measure.paired import PairedScores
from keras_ean.place_names import PlaceNames
from keras_ean.run.folder import RunFolder
from keras_ean.run.kept_curves import kept_curves, seconds
from keras_ean.run.report import captions, curves, figures, rows
from keras_ean.run.report.search_figures import probabilities_figure, rewards_figure
from keras_ean.run.report.searched import _rewards
from keras_ean.run.unit import Unit
from keras_ean.run.verdict import Costs, decide
from keras_ean.search import Cost, Evaluation, Reward


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


def test_a_folded_gate_is_drawn_as_one_that_costs_nothing():
    """A module that several blocks share is drawn once: as folded, if it is for all of them."""
    figure = figures.scheme_figure(Scheme("110 11"), "se", "title", folded=[1, 3, 4])
    lines = [line for line in figure.axes[0].lines if line.get_color() == FOUND]
    assert [line.get_linestyle() for line in lines] == ["-", "--", "--", "--"]
    assert [text for text in texts(figure) if "SE" in text] == ["SE", "SE\nfolded"]
    said = captions.scheme("found network", Scheme("110"), "se", True, [1])
    assert said.startswith("Found network, from left to right")
    assert "one for all connected blocks of a stage" in said
    assert "A dashed line is a connection whose gate" in said
    assert "dashed" not in captions.scheme("found", Scheme("110"), "se", False)
    assert "No block is connected" in captions.scheme("found", Scheme("000"), "se", False)


@pytest.mark.parametrize("share", [True, False])
def test_of_several_modules_each_is_above_the_blocks_that_it_serves(share):
    figure = figures.scheme_figure(Scheme("1101 01"), "eca+se", "title", share, folded=[1])
    found, lines = texts(figure), [line for line in figure.axes[0].lines if line.get_color() == FOUND]
    assert [text for text in found if text.isdigit()] == ["0", "1", "2"]
    assert [text for text in found if "E" in text] == (
        ["ECA", "SE", "SE"] if share else ["ECA", "SE\nfolded", "SE", "SE"]
    )
    assert [line.get_linestyle() for line in lines].count("--") == 1
    tops = [round(float(line.get_xdata()[0]), 2) for line in lines]
    assert len(set(tops)) == (3 if share else 4)
    assert all(other - one > 1 for one, other in zip(sorted(set(tops)), sorted(set(tops))[1:]))
    said = captions.scheme("found network", Scheme("1101 01"), "eca+se", share)
    assert "of each block one sign for ECA and one for SE, 1 where it is connected" in said
    assert "has a 0 for each of their places." in captions.scheme("found", Scheme("0000"), "eca+se", share)
    assert f"(eca+se), one of each for {'all connected blocks of a stage' if share else 'each block'}" in said


def test_places_of_several_modules_are_named_along_figures_and_below_them():
    names, marked = PlaceNames("eca+se"), {"found": Scheme("01 10")}
    heat = probabilities_figure(np.array([[0.5] * 4]), (2, 2), "title", names).axes[0]
    assert [tick.get_text() for tick in heat.get_yticklabels()] == ["0, ECA", "0, SE", "1, ECA", "1, SE"]
    assert heat.get_ylabel() == "place"
    figure = figures.search_figure([Scheme("01 10")], [0.5], marked, "title", names=names)
    assert figure.subfigs[0].axes[1].get_xlabel() == "connected places of 4"
    assert "the number of places with attention" in captions.search(marked, names=names)
    bits = np.array(list(product((0, 1), repeat=2)))
    said = captions.effects(effects(bits, bits @ [1.0, -1.0]).of("eca+se"), judged(), True)
    assert "Each row is a place, one of the modules at one block: by how much" in said
    assert "for what places alone do not explain" in captions.effects(
        effects(bits, bits @ [1.0, -1.0]).of("eca+se"), judged(), False
    )
    assert "connects block 0, SE, not shown here" in said
    assert "within one scheme block 0, ECA and block 0, SE may be worth more, or less" in said


def test_probabilities_are_drawn_block_by_block_and_rewards_part_by_part():
    heat = probabilities_figure(np.array([[0.5, 0.5, 0.5], [0.9, 0.1, 0.5]]), (1, 2), "title")
    np.testing.assert_array_equal(heat.axes[0].images[0].get_array(), [[0.5, 0.9], [0.5, 0.1], [0.5, 0.5]])
    assert [line.get_ydata()[0] for line in heat.axes[0].lines] == [0.5]
    low, high = heat.axes[0].get_xlim()
    assert [tick for tick in heat.axes[0].get_xticks() if low <= tick <= high] == [0, 1]
    scored = [
        Evaluation(Scheme("10"), 0.75, {"objective": 0.7, "sparsity": 0.5}),
        Evaluation(Scheme("11"), 0.8, {"objective": 0.8, "sparsity": 0.0}),
    ]
    whole, objective, sparsity = rewards_figure(scored, {"objective": 1.0, "sparsity": 0.1}, "title").axes
    for axes, values in ((whole, [0.75, 0.8]), (objective, [0.7, 0.8]), (sparsity, [0.05, 0.0])):
        assert axes.collections[0].get_offsets()[:, 1].tolist() == pytest.approx(values)
    assert sparsity.get_ylabel() == "+0.1 × sparsity"
    alone = [Evaluation(Scheme("10"), 0.7, {"objective": 0.7})]
    assert len(rewards_figure(alone, {"objective": 1.0}, "title").axes) == 1
    turned = rewards_figure(scored, {"objective": -1.0, "sparsity": 0.1}, "title").axes[1]
    assert turned.get_ylabel() == "-1 × objective"
    assert turned.collections[0].get_offsets()[:, 1].tolist() == pytest.approx([-0.7, -0.8])


def test_what_has_no_weight_in_the_reward_is_not_drawn():
    parts = {"objective": 0.7, "sparsity": 0.5, "ms": 2.0}
    reward = Reward(sparsity_weight=0.0, costs=(Cost("ms", lambda scheme: 2.0, 0.1),))
    picture = _rewards([Evaluation(Scheme("10"), 0.5, parts)], reward, "title", Unit("mae", "min"))
    assert [axes.get_ylabel() for axes in picture.figure.axes] == ["reward", "-1 × objective", "-0.1 × ms"]


def test_curves_have_a_line_for_each_training_and_one_name_for_all_seeds(tmp_path):
    folder = RunFolder(tmp_path)
    for name, losses in {
        "pretrain": [2.0, 1.0],
        "plain-0": [1.0, 0.5],
        "plain-1": [1.0, 0.6],
        "found-0": [1.0],
    }.items():
        rows = [{"epoch": n, "seconds": 2.0, "loss": one, "accuracy": 0.5} for n, one in enumerate(losses, 1)]
        folder.write_json(folder.curve(name), rows)
    kept = kept_curves(folder, ["plain-0", "plain-1", "found-0", "shared-0"])
    first, others, *_ = curves.curves_figure(kept, "accuracy", "title").axes
    assert [line.get_ydata().tolist() for line in others.lines] == [[1.0, 0.5], [1.0, 0.6], [1.0]]
    assert others.lines[0].get_color() == others.lines[1].get_color() != others.lines[2].get_color()
    named = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (first, others)]
    assert named == [["the supernet"], ["no attention", "found"]]
    assert seconds(kept) == {"the supernet": 4.0, "no attention": 8.0, "found": 2.0}
    table = curves.table(kept, "accuracy")
    assert table.header == ("training", "seed", "epoch", "loss", "accuracy")
    assert table.rows[1] == ("the supernet", "", "2", "1", "0.5")
    assert [row[:3] for row in table.rows[2:]] == [
        *(("no attention", seed, epoch) for seed in "01" for epoch in "12"),
        ("found", "0", "1"),
    ]


def test_losses_that_lie_far_apart_have_a_scale_of_powers():
    def drawn(metric, *values):
        kept = {f"found-{n}": [{"epoch": 1, "seconds": 1.0, "loss": 1.0, metric: one}] for n, one in enumerate(values)}
        return curves.curves_figure(kept, metric, "title").axes[1]

    scales = [drawn(*one).get_yscale() for one in (("mae", 4.0, 0.5), ("accuracy", 0.01, 0.9))]
    assert scales == ["linear", "linear"]
    far = drawn("mae", 17.0, 0.4)
    far.figure.canvas.draw()
    assert far.get_yscale() == "log"
    assert {"0.5", "1", "10"} <= {label.get_text() for label in far.get_yticklabels()}


def test_unshared_modules_are_above_their_blocks():
    figure = figures.scheme_figure(Scheme("110"), "se", "title", share=False)
    assert texts(figure).count("SE") == 2


def training(name, scheme, accuracy, **changes):
    facts = {"images": 100, "parameters": 10, "flops": None, "latency_ms": 1.0}
    return {"name": name, "scheme": scheme, "accuracy": accuracy, **facts, **changes}


TRAININGS = [training("plain", "00", 0.5), training("shared", "11", 0.6), training("found", "01", 0.6, parameters=12)]


def judged(plain=0.5):
    """The verdict on three networks of which two are right on 60 of 100 images."""
    shares = {"plain": plain, "shared": 0.6, "found": 0.6}
    answers = {name: np.arange(100)[None] < 100 * share + np.zeros((3, 1)) for name, share in shares.items()}
    return decide(PairedScores(answers), {facts["name"]: Costs.of(facts) for facts in TRAININGS}, 0.005)


def test_a_training_of_one_epoch_has_one_tick():
    epoch = {"epoch": 1, "loss": 1.0, "accuracy": 0.5, "seconds": 1.0}
    figure = curves.curves_figure({"found-0": [epoch], "plain-0": [epoch]}, "accuracy", "title")
    axes = figure.axes[-1]
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]


def test_search_figure_marks_the_found_and_the_recommended_scheme_and_the_best_so_far():
    schemes = [Scheme("10"), Scheme("11"), Scheme("01")]
    marked = {"found": schemes[1], "recommended": schemes[0]}
    figure = figures.search_figure(schemes, [0.5, 0.7, 0.6], marked, "title")
    [part] = figure.subfigs
    order = part.axes[0]
    assert list(order.lines[0].get_ydata()) == pytest.approx([50, 70, 70])
    named = [text.get_text() for text in part.legends[0].get_texts()]
    assert {"found: 11", "recommended: 10"} <= set(named)
    figure.draw_without_rendering()
    [title] = [text for text in figure.texts if text.get_text() == "title"]
    assert part.legends[0].get_window_extent().y1 < title.get_window_extent().y0  # And not one upon the other.
    assert figure.get_supxlabel().split()[-2:] == ["partly", "luck."]
    nowhere = figures.search_figure(schemes, [0.5, 0.7, 0.6], {**marked, "recommended": Scheme("00")}, "title")
    assert "recommends no attention" in " ".join(nowhere.get_supxlabel().split())


def test_comparison_figure_has_a_point_per_network_with_its_interval(tmp_path):
    found, verdict = rows(TRAININGS), judged()
    figure = figures.comparison_figure(found, "title", verdict)
    assert [bar.get_width() for bar in figure.axes[1].patches] == pytest.approx([0, 0, 20])
    [segment] = figure.axes[0].containers[0].lines[2][0].get_segments()
    assert segment[:, 0] == pytest.approx([100 * end for end in verdict.intervals["plain"]])
    assert "recommends the blue network, found" in " ".join(figure.get_supxlabel().split())
    assert [container.lines[0].get_color() for container in figure.axes[0].containers][2] == RECOMMENDED
    save_figure(figure, tmp_path / "new" / "figure.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["figure.png"]


def test_search_and_verdict_are_brought_together_in_a_sentence():
    assert captions.agreement(judged()) == "Search and verdict agree on 01."
    none = replace(judged(), recommended="plain", best="plain")
    assert captions.agreement(none).endswith("and nothing is cheaper.")
    assert captions.agreement(replace(none, best="shared")).endswith("at most 0.5 points worse than the best.")


def test_why_effects_and_the_verdict_may_differ_is_said_where_they_do():
    bits = np.array(list(product((0, 1), repeat=2)))
    both = "both stand, since these are means over schemes in the supernet"
    good, bad = (effects(bits, bits @ [1.0, worth]) for worth in (1.0, -1.0))
    assert both not in captions.effects(good, judged(), True)
    said = captions.effects(bad, judged(), True)
    assert f"The recommended network, {judged().costs['found'].title}, connects block 1, not shown" in said
    assert both in said
    assert captions.marked(judged()) == {"found and recommended": Scheme("01")}
    other = judged(plain=0.6)
    words = "The search found 01 by validation images; the verdict recommends 00 (no attention)"
    assert words in captions.agreement(other)
    assert captions.marked(other) == {"found": Scheme("01"), "recommended": Scheme("00")}


def test_ticks_of_what_is_counted_are_whole_numbers_written_out():
    axes = Figure().subplots()
    axes.plot([175_166, 175_170], [0, 1])
    whole_numbers(axes, 5)
    axes.figure.canvas.draw()
    texts = [label.get_text() for label in axes.get_xticklabels()]
    assert axes.xaxis.get_major_formatter().get_offset() == ""
    assert {"175,166", "175,170"} <= set(texts)
