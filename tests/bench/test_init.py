import numpy as np
import pytest

from keras_ean import bench
from keras_ean.bench import spaces


@pytest.mark.parametrize("name", bench.available())
def test_shipped_tables_are_complete(name):
    table = bench.load(name)
    entry = spaces.get(name)
    assert table.stages == entry.backbone.stages
    assert table.accuracy.shape == (2 ** sum(table.stages), entry.seeds)
    assert table.curves.shape == (*table.accuracy.shape, entry.recipe.epochs)
    assert np.isfinite(table.accuracy).all()
    assert (table.accuracy > 0.1).mean() > 0.99
    assert (np.diff(table.parameters[[0, -1]]) > 0).all()
    assert {"commit", "machine", "data", "recipe"} <= table.facts.keys()
    assert table.facts["commit"]
    assert table.facts["recipe"]["epochs"] == entry.recipe.epochs


def test_the_names_are_told():
    assert "digits-light-8" in bench.available()
    with pytest.raises(ValueError, match="digits-light-8"):
        bench.load("digits-light-9")
