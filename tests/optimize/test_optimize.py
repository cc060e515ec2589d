import keras
import numpy as np
import pytest

from keras_ean import optimize


@pytest.mark.parametrize("name", ["qat", "GPTQ", "awq", "int8", "int4", "float8"])
def test_refused_with_reason_and_alternative(name):
    with pytest.raises(ValueError, match=r"is refused: .*quantization='int8'"):
        optimize.get(name, keras.Sequential())


def test_unknown_name():
    with pytest.raises(ValueError, match="Unknown technique 'prun'. Did you mean 'prune'"):
        optimize.get("prun", keras.Sequential())


@pytest.mark.tensorflow
def test_by_name(network):
    assert optimize.get("prune", network, sparsity=0.6).goal == 0.6
    assert optimize.get("cluster", network).clusters == 16
    with pytest.raises(ValueError, match="Unknown option 'sparsty'"):
        optimize.get("prune", network, sparsty=0.6)


def test_other_backends_are_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
        optimize.KernelCallback(model)


@pytest.mark.tensorflow
def test_other_kerases_are_refused():
    with pytest.raises(TypeError, match="A model of Keras 3"):
        optimize.prune(object())


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "options", [{"gradient_accumulation_steps": 4}, {"use_ema": True}, {"use_ema": True, "ema_overwrite_frequency": 3}]
)
def test_holds_with_every_option_of_an_optimizer(options):
    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")

    def fitted(make):
        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16), keras.layers.Dense(4)])
        model.compile(keras.optimizers.Adam(**options), "mse", jit_compile=False)
        callback = make(model)
        model.fit(x, x[:, :4], batch_size=8, epochs=4, verbose=0, callbacks=[callback])
        return callback

    assert fitted(lambda model: optimize.prune(model, 0.5)).sparsity == 0.5
    assert set(fitted(lambda model: optimize.cluster(model, 4)).unique.values()) == {4}
