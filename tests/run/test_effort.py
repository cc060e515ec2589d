"""What a run costs, from its configuration alone: hand-counted here."""

import pytest

from keras_ean import Scheme
from keras_ean.run import load_config
from keras_ean.run.effort import Numbers, efforts, plain_training, trainings
from keras_ean.search import Evaluation

IMAGES, STAGES = Numbers(train=1_000, validation=200, test=400), (3, 3, 3)
COMMON = (
    "pretrain={recipe: digits-short, epochs: 24, batch_size: 100}",
    "search={calibrate: 64, options: {max_steps: 10, samples_per_step: 4}}",
)


def parts(*overrides, scored=None, stages=STAGES):
    config = load_config(None, [*COMMON, *overrides])
    return config, efforts(config, IMAGES, stages, scored)


def test_every_stage_is_counted():
    config, found = parts()
    assert {name: (part.forward, part.trained) for name, part in found.items()} == {
        "supernet": (0, 24_000),
        "search": (40 * (200 + 64), 0),
        "networks": (4 * 64, 4 * 3 * 1_000),  # Built and calibrated once for three trainings.
        "tests": (4 * 3 * 400, 0),
        "timing": ((4 * 32 + 4 * 12) * 64, 0),
    }
    whole = 3 * 24_000 + 40 * 264 + 4 * 64 + 12 * 3 * 1_000 + 12 * 400 + (4 * 32 + 4 * 12) * 64
    assert trainings(config, IMAGES, found) == pytest.approx(whole / (3 * 24_000))
    assert plain_training(config, IMAGES).passes == 72_000


def test_folding_is_counted_by_its_looks_at_validation_images():
    config, found = parts("compare=[found_folded]")
    # Nine gates: live, all held, each alone, and each after the first with those before it.
    assert (found["folding"].forward, found["folding"].trained) == (3 * (2 + 9 + 8) * 200, 0)
    done = [{"name": "found_folded", "scheme": "100 010 000", "live": 0, "looks": looks} for looks in (5, 2)]
    done.append({"name": "found", "scheme": "100 010 000"})
    assert efforts(config, IMAGES, STAGES, figures=done)["folding"].forward == (5 + 2) * 200
    del done[1]["looks"]  # By an earlier version.
    assert efforts(config, IMAGES, STAGES, figures=done)["folding"].forward == (5 + 5) * 200


def test_the_whole_method_costs_at_most_two_trainings():
    """On the demo and on the subset of CIFAR-10, where the gates of the recommended network can all be held."""
    config, numbers = load_config(None, ["compare=[shared_folded]"]), Numbers(train=2_400, validation=1_148, test=1_436)
    looks = [{"name": "shared_folded", "scheme": "111 111 111", "live": 0, "looks": 2}] * 3
    scored = [Evaluation(Scheme("100 000 000"), 0.5)] * 30
    assert trainings(config, numbers, efforts(config, numbers, STAGES, scored, looks)) <= 2.0


def test_networks_from_scratch_and_a_distilled_supernet():
    _, found = parts("start=scratch", "distill=1")
    assert (found["networks"].forward, found["networks"].trained) == (0, 4 * 24_000)
    assert (found["supernet"].forward, found["supernet"].trained) == (24_000, 24_000)


def test_looks_at_what_may_leave_the_space_are_counted():
    """A look scores 36 schemes of nine blocks on all validation images, with statistics of their own."""
    _, found = parts("shrinking={looks: 3}")
    assert (found["supernet"].forward, found["supernet"].trained) == (0, 24_000)
    assert (found["shrinking"].forward, found["shrinking"].trained) == (3 * 36 * 264, 0)
    _, found = parts("shrinking={looks: 2, schemes: 10}")
    assert found["shrinking"].forward == 2 * 10 * 264
    assert "shrinking" not in parts()[1]


@pytest.mark.parametrize(
    ("override", "forward", "trained"),
    [
        ("search.options.compare_random=true", 2 * 40 * 264, 0),
        ("compare=[genetic]", 2 * 40 * 264, 0),
        ("search.early_stopping={share: 0.5}", 40 * (264 + 100), 0),
        ("search.reward={max_connections: 1}", 10 * 264, 0),
        ("search.evaluator={name: tuning, steps: 3}", (40 + 15) * 200, (40 + 15) * 3 * 100),
        ("search.evaluator=training", (40 + 15) * 200, (40 + 15) * 4 * 1_000),
        ("search.evaluator={name: training, epochs: 1, recipe: digits-short}", 55 * 200, 55 * 960),
        ("search.options.max_steps=1000", 512 * 264, 0),
        ("search.options={}", 32 * 264, 0),
    ],
)
def test_the_search_is_counted_as_it_is_asked_for(override, forward, trained):
    _, found = parts(override)
    assert (found["search"].forward, found["search"].trained) == (forward, trained)


def test_a_longer_backbone_gets_a_longer_search():
    _, found = parts("search.options={samples_per_step: 5}", stages=(18, 18, 18))
    assert found["search"].forward == (162 + 4) * 264


def test_what_the_search_has_scored_counts_when_it_is_known():
    scheme = Scheme("100 000 000")
    whole, given_up = Evaluation(scheme, 0.5), Evaluation(scheme, 0.5, share=0.25)
    assert parts(scored=[whole, whole])[1]["search"].forward == 2 * 264
    found = parts("search.early_stopping={}", scored=[whole, given_up])[1]["search"]
    assert found.forward == (64 + 200 + 50) + (64 + 50)
    assert parts("search.racing={}", scored=[whole, given_up])[1]["search"].forward == (64 + 200) + (64 + 50)
