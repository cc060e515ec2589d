import keras
import numpy as np

from keras_ean.measure.latency import latencies


def test_every_network_runs_on_full_batches_in_turns():
    calls = []

    class Spy(keras.layers.Layer):
        def call(self, x):
            calls.append((self.name, x.shape[0]))
            return x

    networks = {}
    for name in ("a", "b"):
        inputs = keras.Input((2, 2, 1))
        networks[name] = keras.Model(inputs, Spy(name=name)(inputs))
    calls.clear()
    found = latencies(networks, np.zeros((3, 2, 2, 1)), batch_size=5, rounds=3)
    assert set(calls) == {("a", 5), ("b", 5)}
    assert all(median > 0 and spread >= 0 for median, spread in found.values())
