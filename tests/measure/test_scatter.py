import numpy as np

from keras_ean import Scheme
from keras_ean.measure.agreement import agreement
from keras_ean.measure.scatter import ranking_figure


def test_both_panels_show_every_scheme_and_mark_the_found_one():
    schemes = [Scheme(f"{number:03b}", (1, 2)) for number in range(8)]
    bits = np.array([scheme.bits for scheme in schemes])
    scores, accuracy = np.linspace(0.2, 0.9, 8), np.linspace(0.5, 0.6, 16).reshape(8, 2)
    result = agreement(bits, scores, accuracy)
    figure = ranking_figure(schemes, scores, accuracy, schemes[5], result, "title")
    by_score, by_density = figure.axes[:2]
    np.testing.assert_allclose(by_score.collections[1].get_offsets()[:, 0], 100 * scores)
    np.testing.assert_allclose(by_density.collections[1].get_offsets()[:, 0], bits.sum(axis=1))
    np.testing.assert_allclose(by_score.collections[1].get_offsets()[:, 1], 100 * accuracy.mean(axis=1))
    star = by_score.collections[-2]  # Of full, empty and found, in the order of the schemes.
    np.testing.assert_allclose(star.get_offsets(), [[100 * scores[5], 100 * accuracy[5].mean()]])
    assert str(result.kendall) in by_score.get_title()
    assert "found: 1 01" in [text.get_text() for text in by_score.get_legend().get_texts()]
    assert by_density.get_xlabel() == "connected blocks of 3"
    places = ranking_figure(schemes, scores, accuracy, None, result, "title", noun="place")
    assert places.axes[1].get_xlabel() == "connected places of 3"
    assert "every place" in [text.get_text() for text in places.axes[0].get_legend().get_texts()]
