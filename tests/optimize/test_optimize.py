import keras
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
