import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_ean import build_supernet, plug_supernet
from keras_ean.search import SpaceShrinking, SupernetEvaluator
from keras_ean.search.space_shrinking import after_epochs, names_of, sample
from tests.small_backbone import Small

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
IMAGES = 64


numbers = keras.ops.convert_to_numpy


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(IMAGES, 8, 8, 1)).astype("float32"), generator.integers(0, 10, IMAGES)


def compiled(blocks=3, loss=LOSS, **options):
    keras.utils.set_random_seed(0)
    supernet = build_supernet(Small((blocks,)), "se", (8, 8, 1), 10, seed=1, **options)
    supernet.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss)
    return supernet


@pytest.fixture(scope="module")
def of_blocks():
    return {blocks: compiled(blocks) for blocks in (1, 3, 6)}


class Scores:
    """In place of an evaluator's: the loss of each image falls by what `worth` says, and by chance."""

    def __init__(self, worth, noise=0.1):
        self.worth, self.asked = worth, []
        self.noise = noise

    def outcomes(self, evaluator, schemes, first=0, last=None):
        self.asked += schemes
        each = np.array([np.random.default_rng([7, *scheme.bits]).normal(size=IMAGES) for scheme in schemes])
        gains = np.array([self.worth(np.array(scheme.bits)) for scheme in schemes])[:, None] + self.noise * each
        return {"loss": 2 - gains, "accuracy": (gains > 0).astype("float64")}


def looked(supernet, data, scores, monkeypatch, epochs=10, **options):
    """The callback after all of its looks, or those of its first epochs, without a training."""
    supernet.decide(dict.fromkeys(range(len(supernet.full))))
    monkeypatch.setattr(SupernetEvaluator, "outcomes", lambda *given: scores.outcomes(*given))
    shrinking = SpaceShrinking(data, **{"tell": None, **options})
    shrinking.set_model(supernet)
    shrinking.set_params({"epochs": 10})
    shrinking.on_train_begin()
    for epoch in range(epochs):
        shrinking.on_epoch_begin(epoch)
    return shrinking


TRUTHS = {
    "one block is worth it, one does harm": (3, lambda bits: 0.5 * bits[2] - 0.5 * bits[0], {0: 0, 1: 0, 2: 1}),
    "none is": (3, lambda bits: 0.0, {0: 0, 1: 0, 2: 0}),
    "two do the same": (3, lambda bits: 0.5 * max(bits[0], bits[1]), None),
    "two of six are": (
        6,
        lambda bits: 0.3 * bits[0] + 0.3 * bits[4],
        {0: 1, 1: 0, 2: 0, 3: 0, 4: 1, 5: 0},
    ),
    "one block alone": (1, lambda bits: 0.5 * bits[0], {0: 1}),
}


@pytest.mark.backends
@pytest.mark.parametrize("truth", TRUTHS)
def test_clear_blocks_leave_the_space(of_blocks, data, monkeypatch, truth):
    blocks, worth, expected = TRUTHS[truth]
    supernet, scores = of_blocks[blocks], Scores(worth, noise=0.01)
    looked(supernet, data, scores, monkeypatch, tolerance=0.05, connect=True)
    if expected is None:  # Of two that do the same one stays, whichever.
        found = supernet.decided
        assert sorted((found[0], found[1])) == [0, 1]
        assert found[2] == 0
    else:
        assert supernet.decided == expected
        looked(supernet, data, scores, monkeypatch, tolerance=0.05)
        assert supernet.decided == {block: bit for block, bit in expected.items() if not bit}


def test_one_look_decides_nothing(of_blocks, data, monkeypatch):
    """Nor do two that do not agree: early in a training a block may not have learned yet what it is for."""
    now = {"worth": 0.0}
    scores = Scores(lambda bits: now["worth"] * bits[1], noise=0.01)
    shrinking = looked(of_blocks[3], data, scores, monkeypatch, epochs=0)
    found = []
    for epoch, worth in zip((2, 4, 5, 6), (0.0, 0.5, 0.0, 0.0), strict=True):
        now["worth"] = worth
        shrinking._look(epoch)
        found.append(dict(of_blocks[3].decided))
    assert found == [{}, {0: 0, 2: 0}, {0: 0, 2: 0}, {0: 0, 1: 0, 2: 0}]


@pytest.mark.parametrize("worth", [0.0, 0.02], ids=["of nothing", "at the tolerance"])
def test_noise_decides_nothing(of_blocks, data, monkeypatch, worth):
    """The tolerance is within every interval: that of nothing, where nothing may be lost, and that of its own size."""
    scores = Scores(lambda bits: worth * bits.sum(), noise=2.0)
    shrinking = looked(of_blocks[6], data, scores, monkeypatch, tolerance=worth, connect=True)
    assert not shrinking.decisions
    assert of_blocks[6].decided == {}


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 6]))
@settings(max_examples=25)
def test_a_decision_is_what_its_interval_says_and_stays(of_blocks, data, seed, blocks):
    random = np.random.default_rng(seed)
    worth, together = random.normal(size=blocks), random.normal(size=(blocks, blocks))
    scores = Scores(lambda bits: 0.1 * (worth @ bits + bits @ together @ bits))
    with pytest.MonkeyPatch.context() as patch:
        shrinking = looked(of_blocks[blocks], data, scores, patch, tolerance=0.05, connect=True)
    decided = [one.block for one in shrinking.decisions]
    assert len(set(decided)) == len(decided)
    assert of_blocks[blocks].decided == {one.block: one.bit for one in shrinking.decisions}
    for one in shrinking.decisions:
        assert one.effect.low > 0.05 if one.bit else one.effect.high < 0.05


def test_schemes_outside_the_space_are_not_scored(of_blocks, data, monkeypatch):
    scores = Scores(lambda bits: 0.5 * bits[2] - 0.5 * bits[0], noise=0.01)
    shrinking = looked(of_blocks[6], data, scores, monkeypatch, epochs=0)
    of_blocks[6].decide({1: 1, 3: 0})
    shrinking.on_epoch_begin(2)
    assert {scheme.bits[1] for scheme in scores.asked} == {1}
    assert {scheme.bits[3] for scheme in scores.asked} == {0}
    assert len(scores.asked) == len(set(scores.asked)) == 16


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_a_training_is_resumed_as_if_nothing_had_stopped_it(data, tmp_path, monkeypatch):
    """The blocks that leave, and every weight after that, are those of a training that was not stopped."""
    worth = Scores(lambda bits: 0.5 * bits[2], noise=0.01)
    monkeypatch.setattr(SupernetEvaluator, "outcomes", lambda *given: worth.outcomes(*given))
    told = []

    def trained(*callbacks, last=False):
        supernet = compiled()
        shrinking = [SpaceShrinking(data, calibration=data[0], connect=True, looks=3, tell=told.append)]
        before, after = ([], shrinking) if last else (shrinking, [])
        options = {"batch_size": 32, "epochs": 5, "shuffle": False, "verbose": 0}
        supernet.fit(*data, callbacks=[*before, *callbacks, *after], **options)
        return supernet

    class Stop(keras.callbacks.Callback):
        def __init__(self, at):
            super().__init__()
            self.at = at

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == self.at:
                raise InterruptedError

    whole = trained()
    assert whole.decided == {0: 0, 1: 0, 2: 1}
    assert "After epoch 2 block 2 is on: connecting it changes the loss by +0.5 " in "\n".join(told)
    assert told[-1].endswith(" Left to decide: 0 of 3 blocks.")
    # At the first of the looks that have to agree, at the second, the callback standing last, and after all of them.
    for at, last in ((1, False), (2, True), (4, False)):
        folder = str(tmp_path / f"backup-{at}-{last}")
        with pytest.raises(InterruptedError):
            trained(keras.callbacks.BackupAndRestore(folder), Stop(at), last=last)
        before, worth.asked = len(told), []
        resumed = trained(keras.callbacks.BackupAndRestore(folder), last=last)
        assert len(told) == before if at == 4 else len(told) > before
        assert (not worth.asked) == (at == 4), "only what was not saved is looked at again"
        assert resumed.decided == whole.decided
        for one, other in zip(resumed.variables, whole.variables, strict=True):
            np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-5, atol=1e-6, err_msg=one.path)


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("objective", ["loss", "accuracy"])
def test_looks_score_the_weights_of_their_epoch(data, monkeypatch, objective):
    """With statistics of their own, and nothing patched."""
    supernet, seen = compiled(), []
    shrinking = SpaceShrinking(data, calibration=data[0], objective=objective, looks=2, tell=None)
    values = SpaceShrinking._values

    def watched(self, schemes):
        found = list(values(self, schemes))
        fresh = SupernetEvaluator(supernet, data, calibration=data[0]).outcomes(schemes)[objective]
        sign = -1 if objective == "loss" else 1
        np.testing.assert_allclose(np.stack(found), sign * fresh, rtol=1e-4, atol=1e-5)
        seen.append(np.stack(found).mean())
        return found

    monkeypatch.setattr(SpaceShrinking, "_values", watched)
    supernet.fit(*data, batch_size=32, epochs=3, callbacks=[shrinking], verbose=0)
    assert objective == "accuracy" or seen[0] != seen[-1]
    assert supernet.decided == {one.block: one.bit for one in shrinking.decisions}


@pytest.mark.backends
@pytest.mark.usefixtures("eagerly")
def test_looks_that_decide_nothing_change_nothing_in_the_training(data):
    def trained(*callbacks):
        supernet = compiled()
        supernet.fit(*data, batch_size=32, epochs=4, callbacks=list(callbacks), verbose=0)
        return [numbers(one) for one in supernet.body.variables]

    watched = SpaceShrinking(data, calibration=data[0], tolerance=0.0, looks=2, confidence=0.999, tell=None)
    found, expected = trained(watched), trained()
    assert not watched.decisions
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("epochs", "looks", "expected"), [(20, 3, {5, 10, 15}), (4, 3, {1, 2, 3}), (2, 1, {1})])
def test_looks_are_spread_over_the_epochs(epochs, looks, expected):
    assert after_epochs(epochs, looks) == expected


@given(st.integers(1, 8), st.dictionaries(st.integers(0, 7), st.integers(0, 1)), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=60)
def test_samples_are_of_the_space(blocks, decided, count, seed):
    decided = {block: bit for block, bit in decided.items() if block < blocks}
    first = sample((blocks,), decided, count, np.random.default_rng(seed), [])
    again = sample((blocks,), decided, count, np.random.default_rng(seed + 1), first)
    every = 2 ** (blocks - len(decided))
    for drawn in (first, again):
        assert len(set(drawn)) == len(drawn)
        assert min(every, count) <= len(drawn) <= min(every, count + 1)
        assert all(one.bits[block] == bit for one in drawn for block, bit in decided.items())
    assert again[: len(first)] == first


WRONG = {
    "objective": ["auc"],
    "tolerance": [-0.1, float("nan"), float("inf"), "0.01"],
    "connect": ["no", 2],
    "looks": [1, 2.5, None],
    "schemes": [1, True],
    "confidence": [1.0, "0.95"],
    "batch_size": [0, 2.5],
    "seed": ["a"],
}


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_wrong_options_are_told(data, option, value):
    with pytest.raises(ValueError, match=f"^{option} is .*{value!r}"):
        SpaceShrinking(data, **{option: value})


def test_what_does_not_fit_is_told_before_the_first_step(of_blocks, data):
    supernet = of_blocks[3]
    steps = int(supernet.optimizer.iterations)
    with pytest.raises(ValueError, match="more epochs than that, not 4"):
        supernet.fit(*data, epochs=4, callbacks=[SpaceShrinking(data)], verbose=0)
    with pytest.raises(ValueError, match="the supernet takes"):
        supernet.fit(*data, epochs=5, callbacks=[SpaceShrinking((data[0][:, :4], data[1]))], verbose=0)
    assert int(supernet.optimizer.iterations) == steps
    network = supernet.extract("full")
    network.compile("sgd", LOSS)
    with pytest.raises(ValueError, match="of a supernet .*not of Functional"):
        network.fit(*data, epochs=5, callbacks=[SpaceShrinking(data)], verbose=0)


def test_a_space_that_cannot_shrink_is_told_before_the_first_step(data):
    image = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([x, keras.layers.Conv2D(4, 3, padding="same")(x)]))
    model, one = (keras.Model(image, keras.layers.Dense(outputs)(x)) for outputs in (10, 1))
    fading = plug_supernet(model, "se+eca", identity_init=True)
    wrong = {
        "with identity_init=True all attention is worth nothing until": (fading, LOSS),
        r"but the outputs of this supernet are \[\(1,\)\]": (plug_supernet(one, "se"), "mse"),
        "with sampling='everywhere' none are drawn": (compiled(sampling="everywhere"), LOSS),
    }
    for why, (supernet, loss) in wrong.items():
        supernet.compile("sgd", loss)
        with pytest.raises(ValueError, match=why):
            supernet.fit(*data, epochs=5, callbacks=[SpaceShrinking(data)], verbose=0)
        assert int(supernet.optimizer.iterations) == 0
    fading.fit(*data, epochs=1, verbose=0)
    fading.fit(*data, epochs=3, callbacks=[SpaceShrinking(data, looks=2, tell=None)], verbose=0)
    assert [names_of(one)(1) for one in (fading, compiled())] == ["block 0, ECA", "block 1"]


def test_a_model_around_the_supernet_names_it(data):
    inner = compiled()
    image = keras.Input((8, 8, 1))
    outer = keras.Model(image, inner(image))
    outer.compile("sgd", LOSS)
    shrinking = SpaceShrinking(data, supernet=inner, looks=2, tell=None)
    outer.fit(*data, epochs=3, callbacks=[shrinking], verbose=0)
    assert shrinking.supernet is inner
