from dataclasses import replace

import numpy as np
import pytest

from keras_ean.bench.spaces import Space, StagedResNet
from keras_ean.bench.table_builder import TableBuilder
from keras_ean.recipes import Recipe

SPACE = Space(
    StagedResNet((1, 1), 4),
    "eca",
    {"source": "digits", "train": 100},
    Recipe(epochs=2, batch_size=50, rate=0.05),
    seeds=2,
)


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A builder whose second half was trained first, and by another process's share of the work."""
    folder = tmp_path_factory.mktemp("bench")
    builder = TableBuilder(SPACE, folder)
    assert builder.train(part=1, parts=2) == 4
    return builder


def test_parts_share_the_work_and_finish_the_table(halves, tmp_path):
    assert halves.missing(1, 2) == []
    assert halves.missing() == [(0, 0), (2, 0), (0, 1), (2, 1)]
    with pytest.raises(ValueError, match="4 trainings are missing"):
        halves.table()
    again = TableBuilder(SPACE, halves.folder)
    assert again.train(minutes=0) == 0
    assert again.train() == 4
    table = again.table(commit="abc")
    assert table.accuracy.shape == (4, 2)
    assert table.curves.shape == (4, 2, 2)
    assert len(np.unique(table.accuracy)) > 2
    assert table.parameters[3] > table.parameters[1] > table.parameters[0]
    assert table.flops[3] > table.flops[0]
    assert (table.latency_ms > 0).all()
    assert table.facts["commit"] == "abc"
    assert table.facts["recipe"]["epochs"] == 2


def test_another_space_is_refused(halves):
    with pytest.raises(ValueError, match="other settings"):
        TableBuilder(replace(SPACE, seeds=3), halves.folder)
