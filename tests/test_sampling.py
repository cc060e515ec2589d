import keras
import numpy as np
import pytest

from keras_ean import sampling


def draw(name, batch=64, blocks=9, seed=0):
    seeds = keras.random.SeedGenerator(seed)
    return [keras.ops.convert_to_numpy(sampling.get(name)(batch, blocks, seeds)) for _ in range(50)]


@pytest.mark.parametrize("name", sampling.STRATEGIES)
def test_rows_are_bits_that_change_and_repeat_with_the_seed(name):
    rows = draw(name)
    assert set(np.unique(rows)) == {0, 1}
    assert len({row.tobytes() for row in rows}) > 40
    np.testing.assert_array_equal(rows, draw(name))
    assert not np.array_equal(rows, draw(name, seed=1))


@pytest.mark.parametrize(("name", "count"), [("bernoulli", 1), ("per_image", 64)])
def test_one_scheme_a_batch_or_an_image(name, count):
    rows = draw(name)
    assert rows[0].shape == (count, 9)
    assert 0.4 < np.mean(rows) < 0.6


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="Unknown sampling 'per_imag'. Did you mean 'per_image'"):
        sampling.get("per_imag")
