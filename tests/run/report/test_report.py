"""report.html of whole runs: of one from a backbone, and of one that found no place for attention."""

import shutil
from collections import Counter

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from keras_ean.cli.report import report
from keras_ean.run import Run, read_json
from keras_ean.run.kept import KeptRun
from tests.run.report.reading import opened, read_page
from tests.run.starting import QUIET

pytestmark = pytest.mark.usefixtures("no_detours")
SECTIONS = [
    "What the answer stands on",
    "The network",
    "The compared networks",
    "Accuracy against cost",
    "What each block is worth",
    "How the search went",
    "How the networks learned",
    "What the run has cost",
    "Where the networks look",
    "What to do next",
    "The images",
    "How it was made",
]


def headings(path):
    return [words for words in path.read_text(encoding="utf-8").split("\n") if words.startswith("## ")]


@pytest.mark.backends
def test_the_page_of_a_run(finished):
    folder, verdict = finished.folder, finished.verdict()
    reader = read_page(folder.report / "report.html")
    assert reader.text.count(verdict.sentence()) == 1
    assert reader.text.index(verdict.sentence()) < reader.text.index(verdict.recommendation())
    assert headings(folder.report / "report.md") == [f"## {section}" for section in SECTIONS]
    for section in SECTIONS:
        assert reader.text.count(section) >= 2  # In the contents, too.
    drawn = [one["aria-label"] for one in reader.all("svg")]
    assert len(drawn) == len(list(folder.report.glob("*.svg"))) == len(list(folder.report.glob("*.png")))
    for words in (
        "80 images of 40 originals to train on",
        "10 classes",
        "seed: 0",
        read_json(folder.versions_file)["machine"],
        "keras-ean card",
        "One of the two networks alone is right on",
        f"keras-ean run {folder.path.name}/config.yaml --out ANOTHER_FOLDER",
        "Attention, here the module se, is a small addition to a block",
        "evidence for the image's own class",
        "outside of blocks",  # Of what the recommended network costs.
        "the range of the middle half of its calls",
        "share its weights" if any(finished.search().bits) else "has a 0 for each",
    ):
        assert words in reader.text, words
    assert str(folder.path.parent) not in (folder.report / "report.html").read_text(encoding="utf-8")


@pytest.mark.backends
def test_a_run_tells_tensorboard_each_thing_once(finished):
    told = {}
    for file in finished.folder.logs.glob("*/*"):
        events = [event for event in EventFileLoader(str(file)).Load() if event.HasField("summary")]
        told[file.parent.name] = Counter((value.tag, event.step) for event in events for value in event.summary.value)
    config = finished.config
    trainings = {f"{name}-{seed}" for name in config.compared for seed in range(config.repeats)}
    assert set(told) <= {"supernet", "search", "comparison", *trainings}
    assert {"supernet", "search", "comparison", "plain-0", "found-1"} <= set(told)
    assert {number for seen in told.values() for number in seen.values()} == {1}
    for training in ("supernet", "plain-0", "found-1"):
        assert {("training/loss", 0), ("training/accuracy", 1)} <= set(told[training])
    assert {("accuracy/random", 0), ("loss/found", 1), ("parameters/shared", 0)} <= set(told["comparison"])


@pytest.mark.tensorflow
@pytest.mark.parametrize(("width", "scheme", "paper"), [(390, "dark", (20, 24, 29)), (1100, "light", (255, 255, 255))])
def test_the_page_in_a_browser(finished, width, scheme, paper):
    file = finished.folder.report / "report.html"
    seen = opened(file, width, scheme)
    assert seen["width"] == width
    assert seen["needed"] <= width  # Figures and tables scroll; the page does not.
    assert seen["paper"] == f"rgb{paper}"
    assert seen["drawings"] == len(read_page(file).all("svg"))
    assert seen["opened"] == 2  # Effects and curves in numbers.
    assert (seen["broken"], seen["unreached"], seen["outside"], seen["console"]) == (0, 0, [], [])
    header, *rows = seen["copied"].strip().splitlines()  # As it is pasted into a table of one's own.
    assert header.split("\t")[:3] == ["network", "scheme", "on"]
    assert {len(row.split("\t")) for row in rows} == {6}


def test_a_run_that_is_finished_is_reported_from_its_folder_alone(finished, monkeypatch, capsys):
    file = finished.folder.report / "report.html"
    before = file.read_text(encoding="utf-8"), finished.verdict()
    file.unlink()
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda *_, **__: pytest.fail("read the images"))
    monkeypatch.setattr("keras_ean.run.measured.latencies", lambda *_, **__: pytest.fail("timed again"))
    monkeypatch.setattr("keras_ean.run.report.looked.View", lambda *_, **__: pytest.fail("looked again"))
    report(finished.folder.path)
    assert capsys.readouterr().out.strip() == str(file)
    assert file.read_text(encoding="utf-8") == before[0]
    assert KeptRun(finished.folder.path).verdict() == before[1]


@pytest.mark.usefixtures("sketched")
def test_images_that_show_the_same_widen_all_intervals_of_accuracies(finished, tmp_path):
    folder = shutil.copytree(finished.folder.path, tmp_path / "run")
    run = Run(folder, None, QUIET)
    facts = read_json(folder / "images.json")
    facts["subjects"] = {"called": "originals", "numbers": {"train": 40, "validation": 144, "test": 180}}
    run.folder.write_json(folder / "images.json", facts)
    np.save(folder / "subjects.npy", np.arange(359) // 2)
    run.report()
    before, verdict = finished.verdict(), KeptRun(folder).verdict()
    assert (before.subjects, verdict.subjects) == ("", "180 originals")
    for name, (low, high) in verdict.intervals.items():
        assert low < before.intervals[name][0] < verdict.accuracy[name] < before.intervals[name][1] < high
    assert verdict.gain.alike == pytest.approx(359 / 180)
    text = read_page(folder / "report" / "report.html").text
    for words in (
        "on 359 test images of 180 originals",
        "287 of 144 originals on which the search",
        "test images of other originals",
        "score on 287 validation images of 144 originals",
    ):
        assert words in text, words
    wide, narrow = (
        [one.interval for one in kept.scored().points] for kept in (KeptRun(folder), KeptRun(finished.folder.path))
    )
    assert all(low < before < after < high for (low, high), (before, after) in zip(wide, narrow, strict=True))


def test_a_run_without_a_verdict_is_not_reported(tmp_path, finished):
    for file in (finished.folder.config_file, finished.folder.versions_file):
        shutil.copy(file, tmp_path)
    with pytest.raises(FileNotFoundError, match="no verdict yet; finish it with: keras-ean run --out"):
        report(tmp_path)


def test_a_report_trains_nothing(tmp_path, finished):
    run = shutil.copytree(finished.folder.path, tmp_path / "run")
    shutil.rmtree(run / "networks" / "found-1")
    with pytest.raises(FileNotFoundError, match="lacks found-1 of its networks, .* by: keras-ean run --out"):
        report(run)


def test_the_page_of_a_run_that_found_nothing(finished, tmp_path):
    folder = shutil.copytree(finished.folder.path, tmp_path / "<b>run")
    run = Run(folder, None, QUIET)
    run.folder.write_json(run.folder.scheme_file, {**read_json(run.folder.scheme_file), "scheme": "0 0 0"})
    kept = read_json(run.folder.report / "report.json")
    plain = {facts["seed"]: facts for facts in kept if facts["name"] == "plain"}
    for seed in plain:
        shutil.rmtree(run.folder.network("found", seed))
        shutil.copytree(run.folder.network("plain", seed), run.folder.network("found", seed))
        run.folder.enter(run.folder.network("found", seed))
        own = {**read_json(run.folder.network("plain", seed) / "metrics.json"), "name": "found"}
        run.folder.write_json(run.folder.network("found", seed) / "metrics.json", own)
    named = [{**plain[facts["seed"]], "name": "found"} if facts["name"] == "found" else facts for facts in kept]
    run.folder.write_json(run.folder.report / "report.json", named)
    photos = run.config.data.model_copy(update={"name": "/home/me/photos"})
    run.context.config = run.config.model_copy(update={"data": photos})
    run.report()
    reader = read_page(folder / "report" / "report.html")
    assert "The search found no attention to be best" in reader.text
    assert "No block is connected to attention: its scheme, 0 0 0, has a 0 for each." in reader.text
    assert headings(folder / "report" / "report.md") == [f"## {section}" for section in SECTIONS]
    assert "keras-ean predict" in reader.text
    assert "<b>run" in reader.text
    assert "photos · small · se" in reader.text
    for file in ("report.html", "report.md"):  # Which may be sent: they do not say where files lie.
        assert "/home/me" not in (folder / "report" / file).read_text(encoding="utf-8")
    assert reader.all("b") == []
