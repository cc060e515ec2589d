"""The benchmark of verdicts, without its runs."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from keras_ean import Scheme, build_network
from keras_ean.measure.paired import PairedScores
from keras_ean.run.verdict import Costs, decide

ACCURACY = {"plain": 0.5, "shared": 0.9, "random": 0.7, "found": 0.9}


def run(name="cue", seed=0, pays="yes", found="1 0 0", none=0.5, gain=0.25):
    import verdict

    accuracy = {"plain": none, "found": none + gain, "shared": none + gain}
    judged = {"pays": pays, "accuracy": accuracy, "gain": {"value": gain}}
    shares = {str(share): judged for share in verdict.CONTROLS[name].shares}
    facts = {"pays": pays, "shares": shares, **judged, "found": found, "seconds": 9, "commit": "abc"}
    return {"kind": "run", "name": name, "seed": seed, "epochs": 16, **facts}


def test_what_came_of_the_runs_is_counted():
    import verdict

    rows = [run(), run(seed=1, found="0 1 1"), run(seed=2, pays="undecided", found="0 0 1", gain=0.1)]
    rows += [run("digits", seed, "no", gain=-0.01) for seed in range(4)]
    cells = [line.strip("| ").split(" | ") for line in verdict.tables(rows)]
    by_task = {row[0]: row[1:] for row in cells if len(row) > 5}
    assert by_task["cue, needed by 75 % of the images"][:5] == ["3 of 20", "2", "0", "1", "2"]
    assert by_task["cue, needed by 75 % of the images"][5:] == ["50.0 ± 0.0", *["70.0 ± 8.7"] * 2, "20.0 ± 8.7"]
    assert by_task["digits without light, SE"][:5] == ["4 of 20", "0", "4", "0", ""]
    assert by_task["the same networks, 2 % of the test images need the cue"][:5] == ["3 of 20", "2", "0", "1", ""]
    assert "digits without light, identity" not in by_task


def test_a_run_is_told_by_its_verdict_and_its_scheme(monkeypatch):
    import verdict

    random = np.random.default_rng(0)
    scores = {name: random.random((3, 400)) < p for name, p in ACCURACY.items()}
    answer = decide(PairedScores(scores), {name: Costs(name, "111", 3, 10) for name in scores})
    asked = []

    def whole(folder, config, console):
        asked.append(config)
        return SimpleNamespace(verdict=lambda: answer, search=lambda: Scheme("1 0 0"))

    monkeypatch.setattr(verdict, "Run", whole)
    row = verdict.one_run("digits", 7, 16)
    assert (row["pays"], row["found"], row["recommended"]) == ("yes", "1 0 0", answer.recommended)
    assert row["gain"]["value"] == pytest.approx(answer.gain.value, abs=1e-4)
    assert (asked[0].seed, asked[0].data.options["seed"], asked[0].pretrain.epochs) == (7, 7, 16)
    assert json.loads(json.dumps(row)) == row


def test_networks_are_judged_on_images_of_which_another_share_needs_the_cue():
    import verdict
    from sklearn.datasets import load_digits

    source = load_digits()
    known = {(image / 16).astype("float32").tobytes(): label for image, label in zip(source.images, source.target)}
    costs = {name: Costs(name, "111", 3, 10) for name in ACCURACY}

    class Network:
        """Names the digit of the cue's colour, or the left one without attention."""

        def __init__(self, name, seed):
            self.name = name

        def predict(self, images, verbose):
            green = images[:, 0, -1, 1]
            left = [known[np.ascontiguousarray(image[:, :8].sum(axis=2)).tobytes()] for image in images]
            right = [known[np.ascontiguousarray(image[:, 8:16].sum(axis=2)).tobytes()] for image in images]
            colour = images[:, :, :8, 1].any(axis=(1, 2))
            named = np.where((colour == green) | (self.name == "plain"), left, right)
            return np.eye(2)[named]

    options = {"digits": [0, 1], "test": 400, "height": 8, "play": 0, "noise": 0.0, "seed": 0}
    config = SimpleNamespace(
        data=SimpleNamespace(name="cue", options=options), compared=tuple(ACCURACY), repeats=2, tolerance=0.5
    )
    judge = SimpleNamespace(config=config, train=Network, verdict=lambda: SimpleNamespace(costs=costs))
    for share in (0.5, 0.0):
        found = verdict.judged_on(judge, share)
        assert found.accuracy["found"] == 1
        assert found.accuracy["plain"] == pytest.approx(1 - share / 2, abs=0.04)
        assert found.pays == ("yes" if share else "no")


def test_what_is_finished_is_not_done_again(monkeypatch, tmp_path):
    import verdict

    done = []

    def fake(name, seed, epochs):
        done.append((name, seed, epochs))
        return run(name, seed)

    monkeypatch.setattr(verdict, "CONTROLS", {"cue": verdict.Control("a cue", {}, 2)})
    monkeypatch.setattr(verdict, "LENGTHS", {})
    monkeypatch.setattr(verdict, "KINDS", {"run": fake})
    monkeypatch.setattr(verdict, "one_thread", lambda: None)
    verdict.main(["--out", str(tmp_path), "--minutes", "0"])
    assert done == []
    for _ in range(2):
        verdict.main(["--out", str(tmp_path)])
    assert done == [("cue", 0, 16), ("cue", 1, 16)]
    assert "| a cue | 2 of 2 | 2 | 0 | 0 |" in (tmp_path / "verdict.md").read_text(encoding="utf-8")


def test_every_control_can_be_configured_and_the_cues_place_is_one_of_its_blocks():
    import verdict

    for control in verdict.CONTROLS.values():
        config = control.config(3, 2)
        assert config.backbone.name == "resnet8"
        assert set(control.right) <= {0, 1, 2}


def test_the_identity_changes_nothing_but_the_weights_that_are_drawn():
    import keras
    import verdict

    def network(scheme):
        keras.utils.set_random_seed(0)
        return build_network("resnet8", verdict.Identity(), scheme, (8, 8, 1), 2)

    none, everywhere = network("0 0 0"), network("1 1 1")
    drawn = {weight.path: weight for weight in everywhere.weights}
    assert any((weight.numpy() != drawn[weight.path].numpy()).any() for weight in none.weights)
    for weight in none.weights:
        drawn[weight.path].assign(weight)
    images = np.random.default_rng(0).random((4, 8, 8, 1))
    assert np.allclose(none.predict(images, verbose=0), everywhere.predict(images, verbose=0))
