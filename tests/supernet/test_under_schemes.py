"""A supernet where a plain Keras model is expected."""

import keras
import numpy as np
import pytest

from keras_ean import Scheme, build_supernet, plug, plug_supernet
from keras_ean.supernet import sampling
from tests.plugging.small_models import plain
from tests.small_backbone import Small
from tests.training.heads import compiled

STAGES = (2, 1)
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture(scope="module")
def supernet():
    keras.utils.set_random_seed(0)
    supernet = build_supernet(Small(STAGES), "se", (8, 8, 1), 10, seed=1)
    supernet.compile("sgd", LOSS, metrics=["accuracy"])
    return supernet


def numbers(x):
    return keras.ops.convert_to_numpy(x)


@pytest.mark.backends
@pytest.mark.parametrize("scheme", ["10 1", (1, 0, 1), np.array([1, 0, 1]), Scheme("10 1")], ids=str)
def test_a_call_takes_a_scheme(supernet, images, scheme):
    rows = {"image": images[0], "scheme": np.array([[1, 0, 1]])}
    np.testing.assert_array_equal(numbers(supernet(images[0], scheme=scheme)), numbers(supernet(rows)))
    assert np.abs(numbers(supernet(images[0], scheme=scheme)) - numbers(supernet(images[0]))).max() > 1e-3


def test_a_call_has_one_scheme_for_an_image(supernet, images):
    with pytest.raises(ValueError, match="rows of schemes, and scheme="):
        supernet({"image": images[0], "scheme": np.array([[1, 0, 1]])}, scheme="10 1")


def test_words_name_schemes(supernet, images):
    for word, scheme in (("full", "11 1"), ("empty", "00 0")):
        np.testing.assert_array_equal(
            supernet.predict(images[0], scheme=word, verbose=0), supernet.predict(images[0], scheme=scheme, verbose=0)
        )
        network = supernet.extract(word, calibrate=images[0])
        expected = supernet.extract(scheme, calibrate=images[0])
        np.testing.assert_array_equal(network.predict(images[0], verbose=0), expected.predict(images[0], verbose=0))
    with pytest.raises(ValueError, match="'full', 'empty'"):
        supernet.predict(images[0], scheme="random", verbose=0)
    with pytest.raises(ValueError, match="'full', 'empty'"):
        supernet.extract("random")


def test_layers_and_summary_are_those_of_the_body(supernet):
    assert supernet.layers == supernet.body.layers
    assert supernet.get_layer("stage_0_attention") is supernet.body.get_layer("stage_0_attention")
    lines = []
    supernet.summary(print_fn=lambda text, **_: lines.append(text), line_length=120)
    assert "stage_1_attention" in "\n".join(lines)


def test_random_evaluation_is_the_mean_over_eight_schemes(supernet, images):
    single = [
        supernet.evaluate(*images, scheme=Scheme.random(STAGES, seed=number), verbose=0, return_dict=True)
        for number in range(8)
    ]
    found = supernet.evaluate(*images, scheme="random", verbose=0, return_dict=True)
    assert found == {name: pytest.approx(np.mean([one[name] for one in single])) for name in ("loss", "accuracy")}
    assert supernet.evaluate(*images, scheme="random", verbose=0) == pytest.approx([found["loss"], found["accuracy"]])


@pytest.mark.backends
@pytest.mark.parametrize("word", [None, "full", "empty", "random", "01 0"])
def test_fit_validates_under_a_scheme_of_choice(supernet, images, word):
    history = supernet.fit(*images, validation_data=images, validation_scheme=word, verbose=0).history
    expected = supernet.evaluate(*images, scheme=word or "full", verbose=0, return_dict=True)
    assert history["val_loss"] == pytest.approx([expected["loss"]], rel=1e-5)
    assert supernet.evaluate(*images, verbose=0, return_dict=True) == supernet.evaluate(
        *images, scheme="full", verbose=0, return_dict=True
    )


@pytest.mark.backends
@pytest.mark.parametrize("strategy", sampling.STRATEGIES)
@pytest.mark.parametrize("decided", [{}, {1: 0}, {0: 0, 2: 1}, {0: 1, 1: 1, 2: 0}], ids=str)
def test_blocks_that_are_decided_are_so_in_all_rows_that_training_draws(strategy, decided):
    supernet = build_supernet(Small(STAGES), "se", (8, 8, 1), 10, seed=1)
    supernet.decide(decided)
    draw, seeds = sampling.get(strategy), [keras.random.SeedGenerator(3) for _ in range(2)]
    for _ in range(5):
        drawn, free = numbers(draw(12, 3, seeds[0])), numbers(draw(12, 3, seeds[1]))
        rows = numbers(supernet.within(drawn))
        for block in range(3):
            np.testing.assert_array_equal(rows[:, block], decided.get(block, free[:, block]))


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_a_decided_block_is_trained_as_it_was_decided(images):
    """With a module of its own, one that is off learns nothing, and one that is on learns in every step."""

    def moved(decided):
        keras.utils.set_random_seed(0)
        supernet = build_supernet(Small((2,)), "se", (8, 8, 1), 10, share=False, seed=1)
        supernet.compile(keras.optimizers.SGD(0.1), LOSS)
        supernet.decide(decided)
        modules = [layer for layer in supernet.layers if "attention" in layer.name and layer.trainable_variables]
        assert len(modules) == 2
        gone = [[], []]
        for _ in range(12):
            before = [[numbers(one).copy() for one in module.trainable_variables] for module in modules]
            supernet.fit(*images, batch_size=len(images[0]), verbose=0)
            for module, values, steps in zip(modules, before, gone, strict=True):
                pairs = zip(module.trainable_variables, values, strict=True)
                steps.append(any((numbers(one) != value).any() for one, value in pairs))
        return gone

    assert all(0 < sum(steps) < 12 for steps in moved({}))
    assert moved({0: 0, 1: 1}) == [[False] * 12, [True] * 12]


@pytest.mark.backends
def test_what_is_decided_is_saved_and_put_back(supernet, tmp_path):
    one = build_supernet(Small(STAGES), "se", (8, 8, 1), 10)
    one.decide({0: 1, 2: 0})
    one.save(tmp_path / "decided.keras")
    assert keras.models.load_model(tmp_path / "decided.keras").decided == {0: 1, 2: 0} == one.decided
    one.decide({0: None, 2: 1})
    one.decide({1: 0}, sure=0.5)
    assert one.decided == {2: 1}
    np.testing.assert_array_equal(numbers(one.within(np.array([[1.0, 1.0, 0.0]], "float32"))), [[1, 1, 1]])
    assert supernet.decided == {}


def test_weights_of_earlier_versions_have_nothing_decided():
    one = build_supernet(Small(STAGES), "se", (8, 8, 1), 10)
    kept: dict = {}
    one.save_own_variables(kept)
    del kept["1"]  # Which is what they kept last.
    one.decide({0: 1})
    one.load_own_variables(kept)
    assert one.decided == {}


WRONG = [{3: 0}, {-1: 0}, {"0": 1}, {True: 1}, {0: 2}, {0: True}, {0: "off"}, None, [0], 5]


@pytest.mark.parametrize("bits", WRONG, ids=str)
def test_only_blocks_are_decided_and_only_to_be_off_or_on(supernet, bits):
    with pytest.raises(ValueError, match="A block is|Blocks are decided by their numbers"):
        supernet.decide(bits)
    with pytest.raises(ValueError, match="as far as it is sure"):
        supernet.decide({0: 1}, sure=0)
    assert supernet.decided == {}


def test_an_unknown_validation_scheme_is_told_before_training(supernet, images):
    steps = int(supernet.optimizer.iterations)
    with pytest.raises(ValueError, match="one bit per block"):
        supernet.fit(*images, validation_data=images, validation_scheme=[1, 0], verbose=0)
    assert int(supernet.optimizer.iterations) == steps


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise InterruptedError


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_backup_and_restore_goes_on_as_if_nothing_had_stopped_it(images, tmp_path):
    x, y = images
    # Without a seed, dropout on PyTorch draws from PyTorch's own generator, which no backup keeps.
    seed = 0 if keras.backend.backend() == "torch" else None

    def losses(*callbacks):
        keras.utils.set_random_seed(0)
        image = keras.Input((8, 8, 1))
        stem = keras.layers.Conv2D(4, 1)(image)
        branch = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, padding="same")(stem))
        pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([stem, branch]))
        model = keras.Model(image, keras.layers.Dense(10)(keras.layers.Dropout(0.5, seed=seed)(pooled)))
        supernet = plug_supernet(model, "se", seed=1)
        supernet.compile(keras.optimizers.Adam(0.01), LOSS)
        options = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
        return supernet.fit(x, y, callbacks=list(callbacks), **options).history["loss"]

    truth = losses()
    with pytest.raises(InterruptedError):
        losses(keras.callbacks.BackupAndRestore(str(tmp_path / "backup")), Stop())
    resumed = losses(keras.callbacks.BackupAndRestore(str(tmp_path / "backup")))
    assert resumed == pytest.approx(truth[2:], abs=1e-6)


@pytest.mark.backends
def test_the_loss_of_models_in_float16_is_scaled():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = plain()
    finally:
        keras.config.set_dtype_policy("float32")
    supernet = plug_supernet(model, "se")
    for one in (supernet, supernet.extract("10 1"), plug(model, "se")):
        one.compile("sgd", "mse")
        assert isinstance(one.optimizer, keras.optimizers.LossScaleOptimizer)
    image = np.full((1, 8, 8, 4), 2049.0)  # Which float16 has not.
    network = supernet.extract("11 1")
    np.testing.assert_array_equal(numbers(supernet(image)), numbers(network(image)))


def test_an_export_says_to_extract_first(supernet, tmp_path):
    with pytest.raises(ValueError, match=r"supernet\.extract\(scheme\)"):
        supernet.export(tmp_path / "exported")


def test_quantizing_says_to_extract_first(supernet):
    with pytest.raises(ValueError, match=r"supernet\.extract\(scheme\)"):
        supernet.quantize("int8")
    assert supernet.quantization_mode is None


@pytest.mark.usefixtures("eagerly")
def test_several_outputs_train_by_name():
    supernet, (x, y) = compiled("two outputs by name", plugged=True)
    history = supernet.fit(x, y, validation_data=(x, y), validation_scheme="empty", verbose=0).history
    assert {"age_loss", "kind_loss", "kind_accuracy", "val_kind_accuracy"} <= set(history)


@pytest.mark.parametrize("name", ["acc", "accuracy"])
@pytest.mark.parametrize("loss", [LOSS, "sparse_categorical_crossentropy"], ids=["object", "name"])
def test_accuracy_after_a_sparse_cross_entropy_is_made_at_once_and_keeps_its_name(name, loss):
    supernet = build_supernet(Small((1,)), "se", (8, 8, 1), 10)
    supernet.compile("sgd", loss, metrics=[name, "mae"])
    made, other = supernet.get_compile_config()["metrics"]
    assert (made["class_name"], made["config"]["name"], other) == ("SparseCategoricalAccuracy", name, "mae")
    assert supernet.optimizer.built
    supernet.compile("sgd", "categorical_crossentropy", metrics=[name])
    assert supernet.get_compile_config()["metrics"] == [name]
