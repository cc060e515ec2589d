"""Racing: what falls out, how many images that takes, and that searches go on with it as with any other score."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from keras_tuner.engine.trial import Trial

from keras_ean import Scheme
from keras_ean.search import EarlyStopping, Evaluator, Racing, Reward, SchemeTuner, get
from keras_ean.search.answers import ANSWERS, from_text, paired
from keras_ean.search.host.jobs import Job
from keras_ean.search.host.trials import BAR, LEADER, give_answers, new_trial, scheme_space, taken_answers

EFFECTS = np.random.default_rng(0).normal(size=10) * 0.04
LUCK = np.random.default_rng(1).random(2048)
OWN = np.random.default_rng(2).normal(size=(2048, 10))


class Images(Evaluator):
    """Every scheme is right on an image with its own probability; the images are the same for all."""

    images, images_per_pass, by_image, schemes_per_pass = 2048, 64, True, 4

    def __init__(self):
        self.shown, self.whole = 0, 0

    def outcomes(self, schemes, first=0, last=None):
        luck = LUCK[first:last]
        self.shown += len(schemes) * len(luck)
        return {"accuracy": np.array([luck < rate(scheme) for scheme in schemes], "float64")}


class Losses(Images):
    """The same images have losses in nats: lower where the accuracy is higher, hard images high for all."""

    def outcomes(self, schemes, first=0, last=None):
        luck, own = LUCK[first:last], OWN[first:last]
        self.shown += len(schemes) * len(luck)
        bits = np.array([scheme.bits for scheme in schemes])
        return {"loss": luck - np.array([[rate(scheme)] for scheme in schemes]) + 0.1 * (bits @ own.T)}


def rate(scheme):
    return 0.7 + EFFECTS @ (np.array(scheme.bits) - 0.5)


def tuner_of(folder, early_stopping=None, evaluator=Images, objective="accuracy", **options):
    options = {"max_steps": 40, "seed": 0, "sparsity_weight": 0, **options}
    oracle = get("surrogate", (5, 5), objective, **options)
    return SchemeTuner(None, oracle, evaluator=evaluator(), directory=folder, early_stopping=early_stopping)


def table(tuner):
    return [(one.scheme, one.reward, one.share, one.answers) for one in tuner.evaluations()]


def test_rungs_double_and_are_whole_passes():
    assert Racing(share=0.1).rungs(1000) == [100, 200, 400, 800, 1000]
    assert Racing().rungs(100) == [7, 14, 28, 56, 100]
    assert Racing(share=1e-9).rungs(3) == [1, 2, 3]
    assert Racing(share=0.999).rungs(10) == [10]
    assert Racing().rungs(1) == [1]
    assert Racing().rungs(1000, 256) == [256, 512, 1000]
    assert Racing().rungs(200, 200) == [200]


def test_a_scheme_drops_out_when_it_is_sure_to_stay_behind_and_no_image_is_shown_twice():
    evaluator, schemes = Images(), [Scheme("11111 11111"), Scheme("00000 00000")]
    leader = LUCK < 0.9
    good, bad = Racing().score(evaluator, schemes, [0.3, 0.9], leader=leader)
    assert "share" not in good
    assert good["accuracy"] == (rate(schemes[0]) > LUCK).mean()
    assert bad["share"] == 128 / 2048
    assert bad["accuracy"] == (LUCK[:128] < rate(schemes[1])).mean()
    assert evaluator.shown == 2048 + 128
    whole = Racing().score(Images(), schemes, [0.9, None])
    assert not any("share" in score for score in whole)


class Answered(Evaluator):
    """Every scheme has the same values on 100 images."""

    images, by_image = 100, True

    def __init__(self, values):
        self.values = values

    def outcomes(self, schemes, first=0, last=None):
        return {"value": np.array([self.values[first:last] for _ in schemes])}


@pytest.mark.parametrize("values", [np.arange(100) % 3 == 0, np.arange(100) % 7 / 4])
@pytest.mark.parametrize(("direction", "sign"), [("max", 1), ("min", -1)])
@pytest.mark.parametrize("z", [0, 2, 3])
def test_a_scheme_that_may_just_reach_the_bar_goes_on(values, direction, sign, z):
    """Beside a leader of zeros, from which no rounding comes."""
    racing, leader = Racing(share=0.5, z=z), np.zeros(100)
    found = paired(values[:50], leader)
    reached = sign * (sign * found.difference + z * found.error * np.sqrt(1 - 50 / 100))
    bars = [reached, np.nextafter(reached, sign * 9), None]
    scores = racing.score(Answered(values), ["0", "1", "10"], bars, "value", leader, direction)
    assert [score.get("share") for score in scores] == [None, 0.5, None]
    assert scores[0]["value"] == pytest.approx(values.mean())
    wary, bars = Racing(0.5, z, 0.125), [reached - sign * (0.125 + gap) for gap in (1e-9, -1e-9)]
    scores = wary.score(Answered(values), ["0", "1"], bars, "value", leader, direction)
    assert [score.get("share") for score in scores] == [None, 0.5]


def test_a_bar_counts_from_the_mean_of_the_leader():
    values, leader = np.arange(100) % 3 == 0, np.arange(100) % 4 == 0
    found = paired(values[:50], leader)
    reached = 0.25 + found.difference + 2 * found.error * np.sqrt(0.5)
    scores = Racing(0.5).score(Answered(values), ["0", "1"], [reached - 1e-9, reached + 1e-9], "value", leader)
    assert [score.get("share") for score in scores] == [None, 0.5]


def test_equal_schemes_drop_out_when_a_better_one_is_asked_for():
    leader, scheme = rate(Scheme("11111 00000")) > LUCK, [Scheme("11111 00000")]
    bar = [float(leader.mean())]
    assert "share" not in Racing().score(Images(), scheme, bar, leader=leader)[0]
    assert Racing(tolerance=0.05).score(Images(), scheme, bar, leader=leader)[0]["share"] < 0.25


def test_of_losses_the_higher_ones_drop_out():
    good, bad = [Scheme("11111 11111"), Scheme("00000 00000")]
    if rate(good) < rate(bad):
        good, bad = bad, good
    leader = Losses().outcomes([good])["loss"][0]
    for bar, share in ((leader.mean(), (None, 128 / 2048)), (leader.mean() + 1, (None, None)), (-10, 2 * (0.0625,))):
        scores = Racing().score(Losses(), [good, bad], [bar] * 2, "loss", leader, "min")
        assert tuple(score.get("share") for score in scores) == share


def test_a_search_by_loss_races_and_names_as_good_a_scheme(tmp_path):
    by_loss = {"evaluator": Losses, "objective": "val_loss"}
    plain, raced = tuner_of(tmp_path / "plain", **by_loss), tuner_of(tmp_path / "raced", Racing(), **by_loss)
    for tuner in (plain, raced):
        tuner.search(verbose=0)
    assert raced.evaluator.shown < 0.5 * 2048 * len(raced.evaluations())
    assert sum(one.share < 1 for one in raced.evaluations()) > len(raced.evaluations()) / 2
    assert rate(raced.best_scheme()) > rate(plain.best_scheme()) - 0.005
    for one in raced.evaluations():
        assert from_text(one.answers).mean() == pytest.approx(one.parts["objective"], abs=1e-6)


def test_what_sparsity_is_worth_counts_for_the_bar_of_a_loss(tmp_path):
    tuner = tuner_of(tmp_path, evaluator=Losses, objective="val_loss", sparsity_weight=0.5, max_steps=3)
    tuner.search(verbose=0)
    best, dense, none = tuner.ledger.best()[0], Scheme("11111 11111"), Scheme("00000 00000")
    assert tuner.ledger.bar(best.scheme) == pytest.approx(best.parts["objective"])
    assert tuner.ledger.bar(dense) == pytest.approx(tuner.ledger.bar(none) - 0.5)


def test_a_search_races_saves_images_and_names_as_good_a_scheme(tmp_path):
    plain, raced = tuner_of(tmp_path / "plain"), tuner_of(tmp_path / "raced", Racing())
    for tuner in (plain, raced):
        tuner.search(verbose=0)
    assert plain.evaluator.shown == 2048 * len(plain.evaluations())
    assert raced.evaluator.shown < 0.6 * 2048 * len(raced.evaluations())
    assert rate(raced.best_scheme()) > rate(plain.best_scheme()) - 0.005
    for one in raced.evaluations():
        assert from_text(one.answers).mean() == one.parts["objective"]
        assert len(from_text(one.answers)) == round(one.share * 2048)


def test_a_race_that_was_stopped_goes_on_to_the_same_result(tmp_path):
    whole = tuner_of(tmp_path / "whole", Racing(), max_steps=12)
    whole.search(verbose=0)
    stopped = tuner_of(tmp_path / "stopped", Racing(), max_steps=12)
    calls = []

    class Killed(BaseException):
        pass

    def outcomes(schemes, first=0, last=None, ask=stopped.evaluator.outcomes):
        calls.append(first)
        if len(calls) == 20:
            raise Killed
        return ask(schemes, first, last)

    stopped.evaluator.outcomes = outcomes
    with pytest.raises(Killed):
        stopped.search(verbose=0)
    assert 0 < len(stopped.evaluations()) < len(whole.evaluations())
    again = tuner_of(tmp_path / "stopped", Racing(), max_steps=12)
    again.search(verbose=0)
    assert table(again) == table(whole)
    with pytest.raises(ValueError, match="early_stopping was"):
        tuner_of(tmp_path / "stopped", max_steps=12).search(verbose=0)


def test_the_summary_tells_differences_with_their_errors(tmp_path, capsys):
    tuner = tuner_of(tmp_path, max_steps=3)
    tuner.search(verbose=0)
    capsys.readouterr()
    tuner.results_summary(2)
    _, second = capsys.readouterr().out.splitlines()
    first, other = tuner.ledger.best(2)
    apart = from_text(other.answers) * 1.0 - from_text(first.answers)
    assert f"  {apart.mean():+.4f} ± {apart.std() / np.sqrt(2048):.3f}" in second


def test_answers_and_the_leader_travel_between_chief_and_worker_and_are_not_kept_in_trials():
    job = Job("00000", Scheme("10"), 0, 0, "search")
    own = new_trial(scheme_space(2), job, 0.5, "2:gA==")
    received = Trial.from_proto(own.to_proto())
    assert received.hyperparameters.values[LEADER] == "2:gA=="
    assert give_answers(received, {"accuracy": 0.5, ANSWERS: "2:QA=="}) == {"accuracy": 0.5}
    assert taken_answers(Trial.from_proto(received.to_proto()), own) == {ANSWERS: "2:QA=="}
    assert own.hyperparameters.values.keys() == {"block_0", "block_1", BAR}


def test_what_cannot_race_is_refused_before_the_first_trial(tmp_path):
    class Plain(Evaluator):
        images = 10

        def score(self, schemes, share=1.0, repeat=0):
            raise AssertionError

    with pytest.raises(ValueError, match="image by image, which Plain does not tell"):
        tuner_of(tmp_path / "plain", Racing(), evaluator=Plain).search(verbose=0)
    for rule in (True, {}, "racing", 0.25):
        with pytest.raises(ValueError, match=r"is ean.search.Racing\(…\), EarlyStopping\(…\) or None, not"):
            tuner_of(tmp_path / "rule", rule)
    for rule in (Racing(), EarlyStopping()):
        with pytest.raises(ValueError, match=r"Reward\(function=…\), that is not known: leave one of them out"):
            tuner_of(tmp_path / "own", rule, sparsity_weight=None, reward=Reward(function=lambda *_: 0.0))


def test_what_cannot_race_is_refused():
    class Plain(Evaluator):
        images = 10

    with pytest.raises(ValueError, match="image by image, which Plain does not tell"):
        Racing().score(Plain(), [], [])
    assert Racing().settings() == {"share": 1 / 16, "z": 2.0, "tolerance": 0.0}
    for kind in (Racing, EarlyStopping):
        for share in (0, 1.0):
            with pytest.raises(ValueError, match=f"between 0 and 1, not {share}"):
                kind(share=share)
        with pytest.raises(FrozenInstanceError):  # A search that is resumed has the same options.
            kind().share = 0.5
        with pytest.raises(ValueError, match="z is 0 or more, not -1"):
            kind(z=-1)
        with pytest.raises(ValueError, match=f"{kind.__name__}: share is a finite number, not '0.1'"):
            kind(share="0.1")
    with pytest.raises(ValueError, match="tolerance is a finite number, not inf"):
        Racing(tolerance=float("inf"))
