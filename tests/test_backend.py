import keras
import numpy as np
import pytest

from keras_ean import backend


@pytest.mark.backends
def test_compiled_traces_once_per_shape():
    runs = []

    def double(x):
        runs.append(x.shape)
        return 2 * x

    compiled = backend.compiled(double)
    for value in (1.0, 2.0, 3.0):
        x = keras.ops.convert_to_tensor(np.full((3,), value, "float32"))
        np.testing.assert_allclose(keras.ops.convert_to_numpy(compiled(x)), 2 * value)
    assert len(runs) == 1


@pytest.mark.tensorflow
def test_several_networks_are_not_taken_for_one_that_is_traced_again_and_again(monkeypatch):
    import tensorflow as tf

    said: list[str] = []
    monkeypatch.setattr(tf.get_logger(), "warning", lambda text, *_: said.append(text))
    x, networks = np.ones((2, 3), "float32"), []
    for _ in range(6):
        networks.append(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
        truth = keras.ops.convert_to_numpy(networks[-1](x))
        found = backend.inference(networks[-1])(x)
        assert isinstance(found, np.ndarray)
        np.testing.assert_allclose(found, truth, rtol=1e-5)
        assert backend.compiled(networks[-1].call)(x).shape == (2, 2)
    assert not said


def test_no_accelerator_is_seen_where_there_is_none():
    assert backend.accelerated() is False


@pytest.mark.tensorflow
def test_xla_is_not_for_strategies(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(backend, "accelerated", lambda: True)
    assert backend.jit_compile()
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        assert not backend.jit_compile()


@pytest.mark.backends
@pytest.mark.parametrize("accelerated", [True, False])
def test_what_jax_compiles_is_kept_where_there_is_an_accelerator(monkeypatch, tmp_path, accelerated):
    monkeypatch.setattr(backend, "accelerated", lambda: accelerated)
    keeps = accelerated and keras.backend.backend() == "jax"
    if keeps:
        import jax
        from jax.experimental.compilation_cache import compilation_cache

        options = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
        before = [getattr(jax.config, option) for option in options]
        jax.config.update("jax_compilation_cache_dir", None)
    backend.keep_compiled(tmp_path / "kept")
    try:
        if keeps:
            backend.keep_compiled(tmp_path / "another")
        backend.compiled(lambda x: 3 * x + 1)(keras.ops.ones((2, 3)))
        assert (tmp_path / "kept").exists() == keeps
        assert not (tmp_path / "another").exists()
    finally:
        if keeps:
            for option, value in zip(options, before, strict=True):
                jax.config.update(option, value)
            compilation_cache.reset_cache()


def test_what_pytorch_cannot_do_is_refused_by_name(monkeypatch):
    backend.refuse_torch("Fish swim")
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="Fish swim on TensorFlow and JAX, not on PyTorch: set KERAS_BACKEND=jax"):
        backend.refuse_torch("Fish swim")
