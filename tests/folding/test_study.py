"""How often a choice of gates looks at the images."""

import pytest

from keras_ean.folding.study import Study
from tests.folding.hand_made import data, hand_made

CUE, STEADY = 0, 1
"""The gate that costs 25 points to hold, and the one that costs nothing."""


@pytest.fixture(scope="module")
def network():
    return hand_made()


@pytest.fixture
def study(network, eagerly):
    images, labels = data()
    return Study.of(network, images, labels, None, 64)


@pytest.fixture
def seen(study, monkeypatch):
    """The images that the study looks at from now on, batch by batch."""
    batches, look = [], study.measured.look
    monkeypatch.setattr(study.measured, "look", lambda batch: (batches.extend(batch), look(batch))[1])
    return batches


@pytest.mark.parametrize(
    ("like", "tried"),
    [
        ((), 3),  # Both gates, and each alone; what was tried once is known.
        (("cue",), 3),
        (("steady",), 1),
        (("gone",), 3),
    ],
)
def test_no_choice_is_tried_twice_and_that_of_another_network_comes_first(study, seen, like, tried):
    assert study.looks == 1
    assert study.held(0.5, like) == [STEADY]
    assert study.cost([STEADY]) == 0
    assert len(seen) == tried * len(study.images)
    assert study.looks == 1 + tried


def test_all_gates_are_held_at_once_where_they_can_be(study, seen):
    assert study.held(25) == [CUE, STEADY]
    assert len(seen) == len(study.images)
    assert study.looks == 2
