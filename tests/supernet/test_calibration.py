import keras
import numpy as np
import pytest

from keras_ean import Scheme, backbones, build_supernet
from keras_ean.bench.spaces import StagedResNet
from keras_ean.data import Split
from keras_ean.supernet.calibration import Calibrator, forgetting

pytestmark = pytest.mark.backends
BACKBONE = backbones.get("resnet8", width=4)


@pytest.fixture(scope="module")
def supernet():
    keras.utils.set_random_seed(0)
    return build_supernet(BACKBONE, "se", (8, 8, 1), classes=10)


def values(model):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]


def test_statistics_are_those_of_the_batch(supernet, images):
    x, _ = images
    found = supernet.calibrate("1 0 1", x)
    stem = keras.Model(supernet.body.inputs, supernet.body.get_layer("stem_conv").output)
    maps = keras.ops.convert_to_numpy(stem([x, np.ones((1, 3))]))
    np.testing.assert_allclose(found["stem_norm/moving_mean"], maps.mean((0, 1, 2)), atol=1e-5)
    np.testing.assert_allclose(found["stem_norm/moving_variance"], maps.var((0, 1, 2)), rtol=1e-4)


@pytest.mark.parametrize("count", [25, 9])
def test_batches_count_by_their_images_and_none_is_left_out(supernet, images, count):
    x = images[0][:count]
    means = [supernet.calibrate("1 0 1", x, batch_size=size)["stem_norm/moving_mean"] for size in (count, 8, 5, 1)]
    for mean in means[1:]:
        np.testing.assert_allclose(mean, means[0], atol=1e-6)


def test_sorted_images_give_the_statistics_of_shuffled_ones(supernet, images):
    """Variances within a batch of one kind of images would miss what lies between the kinds."""
    bright = images[0] + 5 * (np.arange(32) >= 16)[:, None, None, None]
    shuffled = bright[np.random.default_rng(1).permutation(32)]
    found = [supernet.calibrate("1 0 1", x, batch_size=16) for x in (bright, shuffled, bright[::-1])]
    whole = supernet.calibrate("1 0 1", bright)
    for name in ("stem_norm/moving_variance", "stage_2_block_0_norm2/moving_variance"):
        for one in found:
            np.testing.assert_allclose(one[name], whole[name], rtol=0.25)


def test_images_come_in_every_form(supernet, images):
    x, y = images
    truth = supernet.calibrate("1 0 1", x)
    forms = {
        "pair": (x, y),
        "batches": iter([(x[:20], y[:20]), (x[20:], y[20:])]),
        "Split": Split(x, y),
        "list": list(x),
    }
    for name, form in forms.items():
        found = supernet.calibrate("1 0 1", form)
        for path, value in truth.items():
            np.testing.assert_array_equal(found[path], value, err_msg=f"{name} {path}")


def test_a_network_is_extracted_with_statistics_of_its_own(supernet, images):
    scheme, statistics = "1 0 1", supernet.calibrate("1 0 1", images[0], batch_size=10)
    before = values(supernet)
    network = supernet.extract(scheme, calibrate=images[0], batch_size=10)
    norms = [weight for weight in network.weights if "moving" in weight.path]
    assert len(norms) == 2 * 9
    for weight in norms:
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), statistics[weight.path])
    for old, new in zip(before, values(supernet), strict=True):
        np.testing.assert_array_equal(old, new)
    own = supernet.extract(scheme).get_layer("stem_norm").moving_mean
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(own), np.zeros(4))


def test_schemes_have_statistics_of_their_own(supernet, images):
    full, empty = (supernet.calibrate(scheme, images[0]) for scheme in (Scheme.full((1, 1, 1)), "0 0 0"))
    last = "stage_2_block_0_norm2/moving_variance"
    assert not np.allclose(full[last], empty[last])


def test_the_supernet_stays_bit_identical(supernet, images):
    supernet.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    before = [*values(supernet), *values(supernet.optimizer)]
    supernet.calibrate("1 0 1", images[0])
    for old, new in zip(before, [*values(supernet), *values(supernet.optimizer)], strict=True):
        np.testing.assert_array_equal(old, new)


def test_statistics_of_the_latest_schemes_are_remembered(supernet, images):
    calibrator = Calibrator(supernet, images[0], kept=2)
    passes, run = [], calibrator.run
    calibrator.run = lambda *arguments: passes.append(1) or run(*arguments)
    schemes = [np.array([Scheme(text).bits], "float32") for text in ("1 0 1", "0 0 0", "1 1 1")]
    first = calibrator.statistics(schemes[0])
    for index in (0, 1, 0, 2, 0, 1):  # The second scheme is forgotten when the third comes.
        again = calibrator.statistics(schemes[index])
        if index == 0:
            assert all(old is new for old, new in zip(first, again, strict=True))
    assert len(passes) == 4


def test_training_on_leaves_the_statistics_of_before(images):
    supernet = build_supernet(StagedResNet((1, 1), 4), "se", (8, 8, 1), classes=10)
    calibrator = Calibrator(supernet, images[0], kept=0)
    rows = np.ones((1, 2), "float32")
    before = [np.array(keras.ops.convert_to_numpy(value)) for value in calibrator.statistics(rows)]
    supernet.compile(keras.optimizers.SGD(0.5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    supernet.fit(*images, verbose=0)
    for old, new in zip(before, calibrator.statistics(rows), strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(new))


def test_calibrations_share_one_compilation(supernet, images):
    supernet.calibrate("1 0 1", images[0])
    compiled = supernet.batch_statistics
    found = supernet.calibrate("0 0 0", images[0])["stem_norm/moving_mean"]
    stem = supernet.body.get_layer("stem_conv")
    old = np.array(keras.ops.convert_to_numpy(stem.kernel))
    stem.kernel.assign(2 * old)
    np.testing.assert_allclose(supernet.calibrate("0 0 0", images[0])["stem_norm/moving_mean"], 2 * found, atol=1e-6)
    stem.kernel.assign(old)
    assert supernet.batch_statistics is compiled


def test_forgetting_restores_the_momentum_after_an_error(supernet):
    norm = supernet.body.get_layer("stem_norm")

    def fail():
        with forgetting(supernet.body):
            raise KeyError(norm.momentum)

    with pytest.raises(KeyError, match=r"0\.0"):
        fail()
    assert norm.momentum == 0.9


def test_no_images_are_refused(supernet):
    with pytest.raises(ValueError, match="needs images"):
        Calibrator(supernet, np.zeros((0, 8, 8, 1)))
