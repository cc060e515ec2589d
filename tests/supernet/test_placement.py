import numpy as np

from keras_ean import attention
from keras_ean.supernet.placement import Placement

STAGES = (3, 2)
SCHEME = (1, 0, 1, 1, 1)


def inputs():
    """One map per block, as the blocks would give: 4 channels in the first stage, 6 in the second."""
    generator = np.random.default_rng(0)
    return [generator.normal(size=(2, 3, 3, 4 if place < 3 else 6)).astype("float32") for place in range(5)]


def placement(share=True, places=range(5), name="dia"):
    return Placement(attention.get(name), STAGES, places, share)


def test_one_module_a_stage_or_a_block():
    shared, unshared = placement(), placement(share=False, places=(0, 2, 3, 4))
    for place, x in enumerate(inputs()):
        shared(x, place)
        if SCHEME[place]:
            unshared(x, place)
    assert {name: module.places for name, module in shared.modules.items()} == {
        "stage_0_attention": (0, 1, 2),
        "stage_1_attention": (3, 4),
    }
    assert {name: module.places for name, module in unshared.modules.items()} == {
        "stage_0_block_0_attention": (0,),
        "stage_0_block_2_attention": (2,),
        "stage_1_block_0_attention": (3,),
        "stage_1_block_1_attention": (4,),
    }


def test_options_reach_every_instance():
    module = Placement(attention.get("dia", reduction=2), STAGES, range(5))
    for place, x in enumerate(inputs()):
        module(x, place)
    assert [instance.reduction for instance in module.modules.values()] == [2, 2]


def test_state_passes_blocks_that_are_off_and_starts_anew_in_each_stage():
    """DIA: against the cell called by hand at the connected blocks only, with zeros at a stage's first."""
    runtime = placement()
    ys = [runtime(x, place, np.full(1, SCHEME[place], "float32")) for place, x in enumerate(inputs())]
    first, second = runtime.modules.values()
    by_hand, state = [], None
    for place, x in enumerate(inputs()):
        state = None if place == 3 else state
        if SCHEME[place]:
            x, state = (first if place < 3 else second)(x, state)
        by_hand.append(x)
    for y, truth in zip(ys, by_hand, strict=True):
        np.testing.assert_allclose(np.array(y), np.array(truth), atol=1e-6)


def test_left_out_blocks_and_masked_blocks_agree_for_each_image():
    """One image connected by the scheme, the other everywhere."""
    runtime, sparse, full = placement(), placement(places=(0, 2, 3, 4)), placement()
    sparse.modules = full.modules = runtime.modules
    for place, x in enumerate(inputs()):
        y = np.array(runtime(x, place, np.array([SCHEME[place], 1], "float32")))
        alone = np.array(sparse(x, place) if SCHEME[place] else x)
        np.testing.assert_allclose(y[0], alone[0], atol=1e-6)
        np.testing.assert_allclose(y[1], np.array(full(x, place))[1], atol=1e-6)
