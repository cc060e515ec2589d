import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_ean import backend
from keras_ean.supernet import sampling

pytestmark = pytest.mark.backends
PER_BATCH = ("bernoulli", "everywhere")
RANDOM = [name for name in sampling.STRATEGIES if name != "everywhere"]


def draw(name, batch=64, blocks=9, seed=0, times=50):
    seeds = keras.random.SeedGenerator(seed)
    return [keras.ops.convert_to_numpy(sampling.get(name)(batch, blocks, seeds)) for _ in range(times)]


def test_everywhere_is_the_full_scheme():
    [rows] = draw("everywhere", times=1)
    np.testing.assert_array_equal(rows, np.ones((1, 9)))


@pytest.mark.parametrize("name", RANDOM)
def test_rows_are_bits_that_change_and_repeat_with_the_seed(name):
    rows = draw(name)
    assert rows[0].shape == (1 if name in PER_BATCH else 64, 9)
    assert set(np.unique(rows)) == {0, 1}
    assert len({row.tobytes() for row in rows}) > 40
    # Every block is on half of the time. Only `bernoulli` has no more than 50 coins a block: a deviation of 0.07.
    np.testing.assert_allclose(np.mean(rows, axis=(0, 1)), 0.5, atol=0.2 if name in PER_BATCH else 0.1)
    np.testing.assert_array_equal(rows[:5], draw(name, times=5))
    assert not np.array_equal(rows[:1], draw(name, seed=1, times=1))


@pytest.mark.parametrize("name", sampling.STRATEGIES)
def test_compiled_rows_of_batches_of_any_size_equal_eager_ones(name):
    seeds = keras.random.SeedGenerator(3)
    start = np.array(keras.ops.convert_to_numpy(seeds.state.value))

    def rows(images, state):
        with keras.StatelessScope([(seeds.state, state)]):
            return sampling.get(name)(keras.ops.shape(images)[0], 5, seeds)

    compiled = backend.compiled(rows)
    for batch in (3, 8):
        images = np.zeros((batch, 2), "float32")
        found = keras.ops.convert_to_numpy(compiled(keras.ops.convert_to_tensor(images), start))
        np.testing.assert_array_equal(found, draw(name, batch, 5, seed=3, times=1)[0])


# Few shapes, since JAX compiles for each.
shapes = st.sampled_from(((1, 5), (3, 5), (8, 5), (3, 1)))
batches = given(shapes, st.integers(0, 10**6))
few = settings(deadline=None, max_examples=10)


@batches
@few
def test_fair_rows_are_a_scheme_and_its_complement_in_turn(shape, seed):
    [rows] = draw("fair", *shape, seed, times=1)
    np.testing.assert_array_equal(rows[:-1] + rows[1:], 1)


@batches
@few
def test_sandwich_rows_are_full_empty_and_two_random_schemes_in_turn(shape, seed):
    [rows] = draw("sandwich", *shape, seed, times=1)
    assert (rows[0::4] == 1).all()
    assert (rows[1::4] == 0).all()
    for start in (2, 3):
        assert (rows[start::4] == rows[start : start + 1]).all()


@batches
@few
def test_stratified_rows_spread_the_number_of_connections_evenly(shape, seed):
    [rows] = draw("stratified", *shape, seed, times=1)
    batch, blocks = shape
    counts = np.bincount(rows.sum(1).astype(int), minlength=blocks + 1)
    assert np.abs(counts - batch / (blocks + 1)).max() < 1


def test_stratified_draws_every_number_of_connections_and_every_scheme_of_it_equally_often():
    first = np.array([rows[0] for rows in draw("stratified", batch=3, blocks=1, times=150)])
    assert 0.34 < first.mean() < 0.66  # 4 standard deviations.
    [many] = draw("stratified", batch=1200, blocks=3, times=1)
    connections = many.sum(1)
    np.testing.assert_allclose(np.bincount(connections.astype(int)), 300, atol=1)
    for number in (1, 2):
        np.testing.assert_allclose(many[connections == number].mean(0), number / 3, atol=0.11)


def test_each_device_has_its_part_of_the_rows_of_the_whole_batch(monkeypatch):
    rows, asked = np.arange(60).reshape(12, 5), []

    def sample(batch, blocks, seed):
        asked.append((batch, blocks, seed))
        return rows[:batch]

    for replica, replicas, expected in ((0, 1, rows[:4]), (0, 3, rows[:4]), (1, 3, rows[4:8]), (2, 3, rows[8:])):
        monkeypatch.setattr(backend, "replica", lambda replica=replica, replicas=replicas: (replica, replicas))
        np.testing.assert_array_equal(sampling.draw(sample, 4, 5, 7), expected)
        np.testing.assert_array_equal(sampling.draw(lambda *_: rows[:1], 4, 5, 7), rows[:1])
    assert asked == [(4, 5, 7), *[(12, 5, 7)] * 3]


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="Unknown sampling 'per_imag'. Did you mean 'per_image'"):
        sampling.get("per_imag")
