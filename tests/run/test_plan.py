"""What a run says before it starts: its plan, what its images cannot show, and how it is fitted to a budget."""

import pytest
from rich.console import Console

from keras_ean.run import Run, fitted, load_config, parse_config
from keras_ean.run import speed as timing
from keras_ean.run.cautions import cautions
from keras_ean.run.effort import Numbers, efforts, trainings
from keras_ean.run.plan import DRAWINGS, EXPORT, Plan
from keras_ean.run.speed import Pace, Speed

IMAGES, STAGES = Numbers(train=1_000, validation=100, test=200), (3, 3, 3)
COMMON = (
    "pretrain={recipe: digits-short, epochs: 20, batch_size: 100}",
    "search={calibrate: 50, options: {max_steps: 30, samples_per_step: 4}}",
)
QUIET = Console(quiet=True)


def config(*overrides):
    return load_config(None, [*COMMON, *overrides])


def plan(*overrides, speed=None):
    return Plan(config(*overrides), IMAGES, "digits: …", STAGES, ("few images",), speed)


def test_the_plan_says_what_is_done():
    text = str(plan())
    assert (
        "supernet   resnet20 (width 8) with se (reduction 4), 9 blocks: 20 epochs of 1,000 images by digits-short"
        in text
    )
    assert "search     up to 120 scores of 512 schemes by surrogate, on 100 validation images" in text
    assert (
        "networks   no attention, everywhere, random, found: 3 trainings each, from the supernet's weights, 1 epoch"
        in text
    )
    assert "verdict    on 200 test images; tolerance 0.5 points" in text
    assert text.endswith("note: few images")
    assert "time " not in text
    assert "search     all 512 schemes (exhaustive) by surrogate" in str(plan("search.options.max_steps=1000"))
    limited = plan("search.reward={costs: {latency: {limit: +5 %}}}")
    assert "search     up to 120 scores of 512 schemes that keep the limits by surrogate" in str(limited)


def test_the_plan_names_no_supernet_that_is_not_trained():
    pace = Pace(step=0.01, look=0.001, building=1.0, tracing=4.0, opening=0.5)
    alone = plan("start=scratch", "search.evaluator=training", speed=Speed(pace, pace, 0.1, 10_000, "tensorflow"))
    assert "supernet" not in str(alone)
    assert "network    resnet20 (width 8) with se (reduction 4), 9 blocks" in str(alone)
    assert "supernet   resnet20" in str(plan("start=scratch"))


def test_the_looks_of_a_shrinking_space_are_a_part_of_their_own():
    pace = Pace(step=0.01, look=0.001, building=1.0, tracing=4.0, opening=0.5)
    found = plan("shrinking={looks: 3}", speed=Speed(pace, pace, 0.1, 10_000, "tensorflow"))
    looks = 3 * 36 * (100 + 50)
    assert (
        f"shrinking  3 looks at up to 36 schemes each: {looks / (3 * 20_000):.1f} of the cost below; "
        "blocks that are decided leave the supernet's training" in str(found)
    )
    assert found.seconds()["shrinking"] == pytest.approx(2 * 0.5 + looks * 0.001)
    assert "shrinking" not in str(plan())


def test_points_of_accuracy_are_no_measure_of_a_search_by_loss(tmp_path):
    run = Run(tmp_path / "run", config("data={name: digits, train: 80}", "search.objective=loss"), QUIET)
    said = "\n".join(cautions(run.config, run.data))
    assert "two schemes" not in said
    assert "two networks in the verdict apart from about" in said


def test_the_plan_says_what_is_folded():
    may_be = "folding    everywhere, found: if one of them would be recommended, also with its gates folded; at most "
    # Of three networks 2 + 9 + 8 looks at 100 images and the tests, and the time of one.
    more = (3 * 19 * 100 + 3 * 200 + 32 * 64) / (3 * 20_000)
    assert f"{may_be}{more:.1f} beyond the cost below" in str(plan())
    # Another one may be recommended within a limit.
    assert f"{may_be}{2 * more:.1f} beyond" in str(plan("max_latency=+5%"))
    assert "folding" not in str(plan("compare=[genetic]"))
    text = str(plan("compare=[found_folded]"))
    assert "networks   no attention, everywhere, random, found: 3 trainings each" in text
    assert "folding    found: also with their gates folded" in text
    pace = Pace(step=0.02, look=0.002, building=0.8, tracing=3.0, opening=0.4)
    times = plan("compare=[found_folded]", speed=Speed(pace, pace, 0.1, 10_000, "tensorflow")).seconds()
    assert times["folding"] == pytest.approx(3 * (2 * 0.8 + 2 * 0.4 + 19 * 100 * 0.002))


def test_seconds_are_those_of_the_timed_steps():
    pace = Pace(step=0.01, look=0.001, building=1.0, tracing=4.0, opening=0.5)
    plain = Pace(step=0.02, look=0.002, building=0.8, tracing=3.0, opening=0.4)
    found = plan("export=[keras, onnx]", speed=Speed(pace, plain, 0.1, 10_000, "tensorflow"))
    times = found.seconds()
    assert times["supernet"] == pytest.approx(1 + 4 + 20 * 1_000 * 0.01)
    assert times["search"] == pytest.approx(2 * 0.5 + 120 * 150 * 0.001)
    # Each of four networks is built and traced once, and trained three times.
    trained = 12 * (0.8 + 1_000 * 0.02 + 200 * 0.002)
    assert times["networks"] == pytest.approx(4 * (2 * 0.8 + 3 + 2 * 0.4 + 50 * 0.002) + trained)
    assert times["timing"] > (4 + 1 + 3) * (0.8 + 0.4)
    assert times["export and report"] == pytest.approx(2 * EXPORT + DRAWINGS * 0.1)
    # The folded networks that may come are on the disk too, but not in the time.
    assert "folding" not in times
    assert found.bytes == (12 + 3 + 2 + 2) * (8 * 10_000 + 40_000 * 10) + 120 * (1_000 + 9 * 40) + 1_500_000
    assert "disk       at most about 11 MB" in str(found)
    assert "time       about 9 min" in str(found)


def test_a_run_times_its_own_networks_once(tmp_path, monkeypatch):
    tiny = "data={name: digits, train: 40}", "backbone={name: resnet8, width: 4}", "pretrain.batch_size=16"
    run = Run(tmp_path / "run", config(*tiny), QUIET)
    found = run.plan()
    for pace in (found.speed.supernet, found.speed.plain):
        assert 0 < pace.look < pace.step < 1
        assert pace.building + pace.tracing + pace.opening > 20 * pace.step
    assert 0 < found.speed.drawing < 60
    assert found.images.train == 40
    monkeypatch.setattr(timing, "_pace", lambda *_: pytest.fail("timed again"))
    assert run.plan().speed == found.speed
    assert run.plan(timed=False).seconds() == {}
    assert not run.folder.begun


def test_too_few_images_for_a_batch_are_said_before_with_the_key_that_helps(tmp_path):
    run = Run(tmp_path / "run", config("data={name: digits, train: 40}"), QUIET)
    with pytest.raises(
        ValueError, match="40 training images do not fill a batch of 100: set pretrain.batch_size to 40 or"
    ):
        run.plan(timed=False)


def test_what_cannot_be_told_apart_is_said(tmp_path):
    run = Run(tmp_path / "run", config("data={name: digits, train: 80, validation: 3}"), QUIET)
    lines = cautions(run.config, run.data)
    assert lines[0] == (
        "30 validation images tell two schemes in the search apart from about 11.3 points on; for the tolerance of 0.5 "
        "points, about 16,000 would be needed."
    )
    assert lines[1].startswith("359 test images tell two networks in the verdict apart from about 3.3 points on")
    assert lines[2].startswith("Fewer than 10 training images of class '0' (8), '1' (8)")
    assert lines[3].startswith("Fewer than 5 validation images of class '0' (3)")
    assert lines[3].endswith("and 5 more.")
    assert len(lines) == 4


def cost(changed, asked):
    units = efforts(changed, IMAGES, STAGES)
    return trainings(changed, IMAGES, units) * changed.pretrain.epochs / asked.pretrain.epochs


def test_a_budget_takes_schemes_first_then_seeds_then_epochs():
    asked = config("compare=[]")
    whole = cost(asked, asked)
    assert fitted(asked, IMAGES, STAGES, whole) == (asked, [])
    fewer, changes = fitted(asked, IMAGES, STAGES, whole - 0.1)
    assert changes == ["schemes that the search scores: 77 in place of 120"]
    assert whole - 0.2 < cost(fewer, asked) <= whole - 0.1
    seeds, changes = fitted(asked, IMAGES, STAGES, 1.8)
    assert [change.partition(":")[0] for change in changes] == [
        "schemes that the search scores",
        "trainings of each network",
    ]
    assert seeds.repeats == 2
    short, changes = fitted(asked, IMAGES, STAGES, 1.2)
    assert len(changes) == 3
    assert cost(short, asked) <= 1.2
    assert 5 < short.pretrain.epochs < 20


def test_a_budget_without_room_leaves_no_room_for_folding():
    asked, known = config(), config("compare=[shared_folded]")
    whole = cost(known, known)
    assert fitted(asked, IMAGES, STAGES, whole) == (asked, [])
    changed, changes = fitted(asked, IMAGES, STAGES, whole - 0.01)
    assert (changed.compare, changes) == ((), ["networks with folded gates: not compared"])
    changed, changes = fitted(known, IMAGES, STAGES, whole - 0.01)  # What is asked for stays.
    assert changed.compare == known.compare
    assert changes == ["schemes that the search scores: 113 in place of 120"]


def test_a_budget_that_is_too_small_names_the_smallest():
    asked = config()
    with pytest.raises(ValueError, match=r"A budget of 0\.1 is too small: .* costs (0\.\d+) trainings") as reason:
        fitted(asked, IMAGES, STAGES, 0.1)
    least = float(str(reason.value).split(" costs ")[1].split()[0])
    assert fitted(asked, IMAGES, STAGES, least)[0].pretrain.epochs == 5
    with pytest.raises(ValueError, match="too small"):
        fitted(asked, IMAGES, STAGES, least - 0.02)
    assert parse_config(asked.model_dump(mode="json"), "again") == asked


def test_a_budget_that_leaves_too_few_epochs_for_the_looks_says_that_it_does():
    asked = config("compare=[]", "shrinking={looks: 15, schemes: 2}", "start=scratch")
    whole = cost(asked, asked)
    assert fitted(asked, IMAGES, STAGES, whole)[1] == []
    with pytest.raises(ValueError, match=r"of the supernet's 20 epochs it leaves \d+, but 15 looks .* larger budget"):
        fitted(asked, IMAGES, STAGES, whole / 2)
