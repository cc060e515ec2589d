"""Figures of classes whose names are long: these are shortened, and lie upon nothing else."""

from itertools import pairwise

import numpy as np
import pytest

from keras_ean.run.report.class_figures import LONGEST, Judged, Seen, confusion_figure, judged_figure, seen_figure

LONG = [f"a name of a class that goes on and on, to the number {number}" for number in range(4)]
PIXELS = np.random.default_rng(0).random((8, 8, 1))


SAID = {"no attention": LONG[1], "all, shared, folded": LONG[2]}
SEEN = {network: (PIXELS[..., 0], said) for network, said in SAID.items()}


@pytest.mark.parametrize(
    ("draw", "one"), [(judged_figure, Judged(PIXELS, LONG[0], SAID)), (seen_figure, Seen(PIXELS, LONG[0], SEEN))]
)
def test_names_do_not_overlap(draw, one):
    figure = draw([one] * 4, "title")
    figure.draw_without_rendering()
    spans = {}
    for axes in figure.axes:
        if text := axes.get_title(loc="left"):
            box = axes._left_title.get_window_extent()
            spans.setdefault(round(axes.get_position().y0, 3), []).append((box.x0, box.x1))
            assert text.endswith(("0", "1", "2", "✗"))  # The end of a name may be what tells it from others.
    assert spans
    assert all(one[1] < other[0] for row in spans.values() for one, other in pairwise(sorted(row)))


def test_a_matrix_has_room_beside_long_names():
    figure = confusion_figure(np.eye(4, dtype=int), LONG, "title")
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().height > 0.5
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(set(names)) == 4
    assert {len(name) for name in names} == {LONGEST}
