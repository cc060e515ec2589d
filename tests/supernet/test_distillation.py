import keras
import numpy as np
import pytest

from keras_ean import Distillation, build_network, build_supernet, plug_supernet
from keras_ean.bench.spaces import StagedResNet
from keras_ean.supernet import distillation

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
EMPTY, FULL = [[0, 0]], [[1, 1]]


def small(**options):
    keras.utils.set_random_seed(0)
    supernet = build_supernet(StagedResNet((1, 1), 4), "se", (8, 8, 1), 10, **options)
    supernet.compile(keras.optimizers.SGD(0.5), LOSS)
    return supernet


def values(variables):
    return {v.path: np.array(keras.ops.convert_to_numpy(v)) for v in variables}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def divergence(teacher, student, temperature):
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    return (p * np.log(p / q)).sum(-1)


@pytest.fixture(scope="module")
def steps():
    """One step under the empty scheme, without and with distillation: the supernets, their losses, what was before."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(16, 8, 8, 1)).astype("float32"), generator.integers(0, 10, 16)
    inputs = {"image": x, "scheme": np.repeat(EMPTY, 16, axis=0)}
    plain, taught = small(), small(distill=Distillation(0.7, temperature=2.0))
    before = values(plain.variables)
    student, teacher = (
        keras.ops.convert_to_numpy(
            plain.body.stateless_call(
                plain.body.trainable_variables, plain.body.non_trainable_variables, [x, np.array(rows)], training=True
            )[0]
        )
        for rows in (EMPTY, FULL)
    )
    weights = np.linspace(0, 2, 16).astype("float32")
    losses = [supernet.train_on_batch(inputs, y, sample_weight=weights) for supernet in (plain, taught)]
    return plain, taught, losses, before, (weights * divergence(teacher, student, 2.0)).mean()


@pytest.mark.backends
def test_the_loss_adds_the_weighted_divergence_from_the_full_scheme(steps):
    *_, (plain, taught), _, expected = steps
    assert taught - plain == pytest.approx(0.7 * 4 * expected, rel=1e-3)


def test_evaluation_counts_the_labels_alone(steps):
    logits = np.random.default_rng(0).normal(size=(4, 10)).astype("float32")
    labels = np.arange(4)
    found = steps[1].compute_loss(y=labels, y_pred=keras.ops.convert_to_tensor(logits), training=False)
    assert float(found) == pytest.approx(-np.log(softmax(logits)[labels, labels]).mean(), rel=1e-5)


@pytest.mark.backends
def test_only_the_student_learns_and_its_pass_alone_moves_the_statistics(steps):
    plain, taught, _, before, _ = steps
    ours, theirs = values(taught.body.variables), values(plain.body.variables)
    # Under the empty scheme only the teacher uses the attention.
    attention = [path for path in ours if "attention" in path]
    assert attention
    for path in attention:
        np.testing.assert_array_equal(ours[path], before[path])
    for path in values(plain.body.non_trainable_variables):
        np.testing.assert_allclose(ours[path], theirs[path], rtol=1e-6)
    assert not np.allclose(ours["stem_conv/kernel"], theirs["stem_conv/kernel"], atol=1e-4)


def test_fit_save_and_load_keep_the_distillation(images, tmp_path):
    supernet = small(sampling="sandwich", distill=Distillation(0.7, temperature=2.0))
    supernet.save(tmp_path / "supernet.keras")
    again = keras.models.load_model(tmp_path / "supernet.keras")
    assert again.distillation.get_config() == supernet.distillation.get_config()
    before = values(again.trainable_variables)
    again.fit(*images, batch_size=16, verbose=0)
    assert all(np.isfinite(new).all() for new in values(again.variables).values())
    assert not all(np.array_equal(new, before[path]) for path, new in values(again.trainable_variables).items())


def test_plugged_models_that_end_in_a_softmax_can_be_taught(images):
    network = build_network(StagedResNet((1, 1), 4), "se", "0 0", (8, 8, 1), 10, classifier_activation="softmax")
    supernet = plug_supernet(network, "se", distill=Distillation(0.5, from_logits=False))
    teacher = supernet.body([images[0], np.array(FULL, "float32")], training=True)
    student = supernet.body([images[0], np.array(EMPTY, "float32")], training=True)
    supernet.compile("sgd", "sparse_categorical_crossentropy")
    both, labels = (
        float(supernet.compute_loss(images[0], images[1], student, training=training)) for training in (True, False)
    )
    teacher, student = (np.log(keras.ops.convert_to_numpy(x)) for x in (teacher, student))
    assert both - labels == pytest.approx(0.5 * divergence(teacher, student, 1.0).mean(), rel=1e-2)


def test_probabilities_are_compared_as_their_logits():
    logits = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    from_logits = Distillation(0.5, 3.0)(*logits)
    assert float(Distillation(0.5, 3.0, from_logits=False)(*softmax(logits))) == pytest.approx(float(from_logits))
    assert float(from_logits) == pytest.approx(0.5 * 9 * divergence(*logits, 3.0).mean(), rel=1e-4)


def test_a_number_is_the_weight_and_zero_is_none():
    outputs = [keras.KerasTensor((None, 10))]
    assert distillation.get(0.0, outputs) is None
    assert distillation.get(0.3, outputs).weight == 0.3
    assert distillation.get(0.0, [keras.KerasTensor((None, 1))]) is None


@pytest.mark.parametrize("shapes", [[(None, 1)], [(None, 4, 10)], [(None, 10), (None, 10)]])
def test_outputs_without_classes_to_compare_are_refused(shapes):
    with pytest.raises(ValueError, match="distill=0"):
        distillation.get(1.0, [keras.KerasTensor(shape) for shape in shapes])


@pytest.mark.parametrize(("options", "message"), [({"weight": -1}, "not negative"), ({"temperature": 0}, "above 0")])
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Distillation(**options)
