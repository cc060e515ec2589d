import keras
import numpy as np
import pytest

from keras_ean import Scheme, attention, backbones, backend, build_supernet
from keras_ean.testing.running import run
from tests.small_backbone import Small

STAGES = (3, 1)
SCHEMES = [Scheme.full(STAGES), Scheme.empty(STAGES), Scheme("101 0"), Scheme("010 1")]
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def small(module="se", **options):
    return build_supernet(Small(STAGES), module, (8, 8, 1), 10, **options)


@pytest.fixture(scope="module", params=["se", pytest.param("dia", marks=pytest.mark.backends)])
def supernet(request):
    """With a module without and with a state; `check_networks` tries all of them."""
    keras.utils.set_random_seed(0)
    supernet = small(request.param)
    supernet.compile("sgd", LOSS, metrics=["accuracy"])
    generator = np.random.default_rng(0)
    supernet.fit(generator.normal(size=(64, 8, 8, 1)), generator.integers(0, 10, 64), epochs=2, verbose=0)
    return supernet


def close(a, b):
    np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max())


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_network_of_a_scheme_equals_the_supernet_under_it(supernet, images, scheme):
    close(run(supernet.extract(scheme), images[0]), supernet.predict(images[0], scheme=scheme, verbose=0))


def test_every_image_can_have_a_scheme_of_its_own(supernet, images):
    rows = np.random.default_rng(1).integers(0, 2, (4, 4))
    together = supernet.predict({"image": images[0][:4], "scheme": rows}, verbose=0)
    for index, bits in enumerate(rows):
        alone = supernet.predict(images[0][index : index + 1], scheme=bits, verbose=0)
        close(together[index : index + 1], alone)


def test_inference_is_full_by_default_and_afterwards(supernet, images):
    full = supernet.predict(images[0], scheme=Scheme.full(STAGES), verbose=0)
    supernet.predict(images[0], scheme=SCHEMES[1], verbose=0)
    np.testing.assert_array_equal(supernet.predict(images[0], verbose=0), full)
    with pytest.raises(ValueError, match="one bit per block"):
        supernet.evaluate(*images, scheme=[1, 0], verbose=0)
    np.testing.assert_array_equal(supernet.predict(images[0], verbose=0), full)


def test_schemes_make_a_difference(supernet, images):
    full, empty = (supernet.predict(images[0], scheme=scheme, verbose=0) for scheme in SCHEMES[:2])
    assert np.abs(full - empty).max() > 1e-3


def test_saves_and_loads_compiled(supernet, images, tmp_path):
    supernet.save(tmp_path / "supernet.keras")
    again = keras.models.load_model(tmp_path / "supernet.keras")
    assert (again.stages, again.sampling, again.share) == (STAGES, "bernoulli", True)
    assert type(again.attention) is type(supernet.attention)
    assert supernet.jit_compile == again.jit_compile == backend.jit_compile()
    for scheme in SCHEMES[1:3]:
        expected = supernet.evaluate(*images, scheme=scheme, verbose=0)
        assert again.evaluate(*images, scheme=scheme, verbose=0) == pytest.approx(expected)


class Traces(keras.layers.Layer):
    """Counts how often Python runs through it."""

    count = 0

    def call(self, x):
        Traces.count += 1
        return x


@pytest.mark.backends
def test_no_scheme_traces_anew(images):
    class Counting(backbones.Backbone):
        stages = (2,)

        def inputs(self, input_shape):
            return keras.Input(input_shape, name="image")

        def features(self, image, attend):
            x = keras.layers.Conv2D(4, 3, name="conv")(Traces()(image))
            return attend(x + attend(x, 0), 1)

        def get_config(self):
            return {}

    supernet = build_supernet(Counting(), "se", (8, 8, 1), 10)
    supernet.compile("sgd", LOSS, metrics=["accuracy"])
    counts = []
    for scheme in ("00", "11", "10", "01"):
        supernet.evaluate(*images, scheme=scheme, verbose=0)
        supernet.predict(images[0], scheme=scheme, verbose=0)
        counts.append(Traces.count)
    assert counts[0] == counts[-1]
    supernet.fit(*images, verbose=0)
    trained = Traces.count
    supernet.fit(*images, epochs=3, verbose=0)
    supernet.decide({0: 0})
    supernet.fit(*images, verbose=0)
    assert Traces.count == trained
    if keras.backend.backend() == "tensorflow":
        assert trained == counts[-1] + 1


@pytest.mark.backends
def test_training_draws_schemes_and_masks_gradients(images):
    supernet = small(seed=3)
    x, y = images
    supernet.compile(keras.optimizers.SGD(0.0), LOSS)
    losses = [supernet.train_on_batch(x, y) for _ in range(6)]
    assert len(set(np.round(losses, 7))) > 1
    module = supernet.body.get_layer("stage_0_attention").weights[0]
    before = np.array(keras.ops.convert_to_numpy(module))
    supernet.compile(keras.optimizers.SGD(0.5), LOSS)
    supernet.train_on_batch({"image": x, "scheme": np.array([SCHEMES[1].bits] * len(x))}, y)
    np.testing.assert_array_equal(before, keras.ops.convert_to_numpy(module))


def test_optimizer_is_built_before_the_first_step():
    supernet = small()
    supernet.compile(keras.optimizers.SGD(0.1, momentum=0.9), LOSS)
    assert len(supernet.optimizer.variables) > len(supernet.trainable_variables)


@pytest.mark.backends
def test_unshared_has_a_module_per_block(images):
    supernet = small(share=False)
    names = [layer.name for layer in supernet.body.layers if isinstance(layer, attention.Attention)]
    assert len(names) == 4
    scheme = SCHEMES[2]
    close(run(supernet.extract(scheme), images[0]), supernet.predict(images[0], scheme=scheme, verbose=0))


@pytest.mark.backends
def test_fit_with_validation_and_unknown_sampling(images):
    supernet = small(sampling="per_image")
    supernet.compile("sgd", LOSS)
    history = supernet.fit(*images, validation_data=images, epochs=2, verbose=0)
    assert len(history.history["val_loss"]) == 2
    with pytest.raises(ValueError, match="Unknown sampling 'bernouli'. Did you mean 'bernoulli'"):
        small(sampling="bernouli")
    assert [supernet.name, small(name="mine").name] == ["supernet", "mine"]


@pytest.mark.tensorflow
def test_takes_tf_data(images):
    import tensorflow as tf

    supernet = small()
    supernet.compile("sgd", LOSS, metrics=["accuracy"])
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(8)
    supernet.fit(dataset, shuffle=False, verbose=0)
    expected = supernet.evaluate(*images, scheme=SCHEMES[2], verbose=0)
    assert supernet.evaluate(dataset, scheme=SCHEMES[2], verbose=0) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("module", ["se", "dia", "bam"])
def test_modules_of_a_stage_are_copied_to_its_blocks_where_a_network_shares_none(module):
    supernet = build_supernet(Small((2, 2)), module, (8, 8, 1), classes=3, seed=0)
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")
    apart, together = supernet.extract("11 01", share=False), supernet.extract("11 01")
    names = {layer.name for layer in apart.layers if "attention" in layer.name}
    assert names == {"stage_0_block_0_attention", "stage_0_block_1_attention", "stage_1_block_1_attention"}
    np.testing.assert_allclose(run(apart, images), run(together, images), atol=1e-6)


def test_a_supernet_without_shared_modules_gives_no_network_that_shares_them():
    supernet = build_supernet(Small((1, 1)), "se", (8, 8, 1), classes=3, share=False)
    with pytest.raises(ValueError, match="in the source there is none for: stage_0_attention"):
        supernet.extract("1 1", share=True)
