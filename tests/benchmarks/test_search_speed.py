"""The benchmarks of searching and of feeding images, in small."""

from types import SimpleNamespace

import keras
import pytest


def test_schemes_a_second(tmp_path, capsys):
    import search_speed

    files = tmp_path / "speed.json", tmp_path / "memory.png"
    result = search_speed.main(["--small", "--publish", str(files[0]), "--plot", str(files[1])])
    assert all(file.stat().st_size > 0 for file in files)
    [case] = result["cases"]
    assert case["largest difference"]["loss"] < 1e-4
    assert case["ways"]["evaluator"]["times"] == [1, 1, 1]
    assert "| resnet8 4 8 20 | evaluate, 32 |" in capsys.readouterr().out
    assert {name: grown[0] for name, grown in result["memory"].items()} == {"as they are": 0, "calibrated": 0}


def test_scores_that_differ_are_no_result(monkeypatch):
    import search_speed

    def scored(loss):
        return 1, lambda schemes: [{"accuracy": 0.5, "loss": loss} for _ in schemes]

    monkeypatch.setattr(search_speed, "prepare", lambda *_: (SimpleNamespace(stages=(1,)), ([], [0] * 20)))
    monkeypatch.setattr(search_speed, "ways", lambda *_: {"evaluator": scored(1.0), "evaluate": scored(1.1)})
    with pytest.raises(ValueError, match="The scores differ"):
        search_speed.compare(search_speed.SMALL, rounds=1)


def test_ways_of_feeding_images(tmp_path):
    import input_pipeline

    result = input_pipeline.main(["--small", "--publish", str(tmp_path / "result.json")])
    others = ["tf.data"] if keras.backend.backend() == "tensorflow" else []
    assert list(result["ways"]) == ["fixed", "batches", "device", *others]
    assert result["ways"]["fixed"]["over fixed"] == [1, 1, 1]
    assert (tmp_path / "result.json").exists()
