"""The script that runs artefacts in a fresh process, called in this one."""

import json

import numpy as np
import pytest

from keras_ean.exporting import verifier

IMAGES = np.arange(5, dtype="float32").reshape(5, 1, 1, 1)
SOURCE = """
def read(path):
    def predict(images):
        return images.reshape(len(images), 1) * 10 + len(images)
    predict.note = "from " + path
    return predict
"""


@pytest.mark.parametrize(("batch_size", "all_at_once", "alone"), [(None, 5, 1), (2, 2, 2), (7, 7, 7)])
def test_all_images_are_predicted_and_the_first_one_alone(tmp_path, batch_size, all_at_once, alone):
    np.save(tmp_path / "images.npy", IMAGES)
    question = {
        "source": SOURCE,
        "artefact": "here",
        "place": "here",
        "images": str(tmp_path / "images.npy"),
        "outputs": str(tmp_path / "outputs.npz"),
        "batch_size": batch_size,
        "imports": ["json"],
        "names": [],
    }
    (tmp_path / "questions.json").write_text(json.dumps({"questions": [question]}))
    verifier.main(tmp_path / "questions.json")
    results = json.loads((tmp_path / "results.json").read_text())
    [answer] = results["answers"]
    expected = np.arange(5) * 10 + all_at_once
    np.testing.assert_array_equal(np.load(tmp_path / "outputs.npz")["arr_0"], expected[:, None])
    assert (answer["alone"], answer["note"]) == ([[alone]], "from here")
    assert results["knows_keras_ean"] is True  # As this process does.


def test_batches_are_filled_up():
    parts = [batch.ravel().tolist() for batch in verifier.batches(IMAGES, 3)]
    assert parts == [[0, 1, 2], [3, 4, 0]]
    assert [batch.ravel().tolist() for batch in verifier.batches(IMAGES[:2], 5)] == [[0, 1, 0, 1, 0]]


@pytest.mark.parametrize(
    ("seconds", "calls", "milliseconds"),
    [([0.03, 0.01, 0.02], 3, 20), ([4.0, 5.0, 1.0], 3, 4000), ([0.01] * 4 + [0.03] * 9, 5, 10)],
)
def test_latency_is_the_median_in_milliseconds(monkeypatch, seconds, calls, milliseconds):
    now, made = [0.0], []

    def predict(images):
        made.append(images)
        now[0] += seconds[len(made) - 1]

    monkeypatch.setattr(verifier.time, "perf_counter", lambda: now[0])
    assert verifier.latency(predict, "images") == pytest.approx(milliseconds)
    assert made == ["images"] * calls
