"""Runs side by side, from their folders alone."""

import math

import pytest

from keras_ean.cli.compare import compare
from keras_ean.measure.paired import PairedScores
from keras_ean.run.comparing import comparison, difference, same_images
from keras_ean.run.config import Named
from keras_ean.run.report.page import Table, Text
from keras_ean.run.unit import Unit
from tests.run.kept_runs import answers, keep
from tests.run.report.reading import read_page

WORSE = {"plain": 0.7, "shared": 0.6, "random": 0.6, "found": 0.6}
BETTER = {"plain": 0.7, "shared": 0.72, "random": 0.72, "found": 0.8}
DIFFERENT_IMAGES = "The runs have different images, so that their networks are not compared with one another."


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        "first": keep(folder / "a", answers(WORSE)),
        "second": keep(folder / "b", answers(BETTER), "eca"),
        "elsewhere": keep(folder / "c" / "a", answers(BETTER), "eca", pixels=1),
        "fewer": keep(folder / "d", answers(BETTER, seeds=2), "eca"),
    }


def test_answers_to_the_same_images_are_compared_in_pairs(runs):
    first, second = runs["first"], runs["second"]
    assert (first.verdict().recommended, second.verdict().recommended) == ("plain", "found")
    assert same_images(first, second)
    found, how = difference(first, second)
    truth = PairedScores({"a": first.answers("plain"), "b": second.answers("found")}).difference("b", "a")
    assert (found, how) == ((truth.value, truth.low, truth.high), "paired")
    assert found[0] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("other", ["elsewhere", "fewer"])
def test_others_are_compared_by_their_own_intervals_and_less_surely(runs, other):
    (value, low, high), how = difference(runs["first"], runs[other])
    paired, _ = difference(runs["first"], runs["second"])
    assert how == {"elsewhere": "unpaired: images", "fewer": "unpaired: seeds"}[other]
    assert same_images(runs["first"], runs[other]) == (other == "fewer")
    one, two = runs["first"].verdict(), runs[other].verdict()
    assert value == pytest.approx(two.accuracy["found"] - one.accuracy["plain"])
    under, over = two.accuracy["found"] - two.intervals["found"][0], one.intervals["plain"][1] - one.accuracy["plain"]
    assert value - low == pytest.approx(math.hypot(under, over))
    assert high - low > 1.5 * (paired[2] - paired[1])


def test_answers_that_were_not_kept_are_told_as_the_reason(runs, tmp_path):
    run = keep(tmp_path / "lost", answers(BETTER, seeds=2))
    (run.folder.network("found", 0) / "answers.npy").unlink()
    assert difference(runs["first"], run)[1] == "unpaired: not kept"


def test_the_page_and_the_table(runs, tmp_path, capsys):
    file = tmp_path / "page.html"
    compare([run.folder.path for run in (runs["first"], runs["second"], runs["elsewhere"])], file)
    said = capsys.readouterr().out
    reader = read_page(file)
    for text in (" ".join(said.split()), reader.text):
        assert "Of 3 runs, attention pays in 2, does not pay in 1, and is undecided in 0." in text
        assert "b: Attention pays: where it was found it gains" in text
        assert "unpaired" in text
        assert "a 2" in text
    asked, reached, costs = (line.split() for line in said.splitlines() if line.startswith("a 1 "))
    assert asked[2:] == ["digits", "resnet8", "se", "3", "no"]
    assert reached[2:4] == [f"{100 * runs['first'].verdict().accuracy['plain']:.1f}", "%"]
    assert costs[2:] == ["no", "attention", "+0.0", "%", "+0.0", "%"]
    assert max(len(line) for line in said.splitlines() if line.endswith("─")) <= 80
    assert "better" in reader.text
    assert "It depends" in reader.text


def test_what_cannot_be_compared_is_said(runs, tmp_path):
    with pytest.raises(ValueError, match="two runs or more"):
        comparison([runs["first"]])
    other = keep(tmp_path / "mae", answers(BETTER), unit=Unit("mae", "min"))
    page = comparison([runs["first"], other])
    assert "different objectives" in page.sections[1].parts[0].text
    photos = keep(tmp_path / "photos", answers(BETTER))
    photos.config = photos.config.model_copy(update={"data": Named(name="/home/me/photos")})
    page = comparison([runs["first"], photos])
    assert "different images" in page.sections[1].parts[0].text
    assert "best recommended" not in " ".join(page.lead)
    for option, compared in (("light", False), ("test", False), ("train", True), ("seed", True), ("memory", True)):
        other_images = keep(tmp_path / option, answers(BETTER))
        data = other_images.config.data.model_dump() | {option: 1}
        other_images.config = other_images.config.model_copy(update={"data": Named(**data)})
        page = comparison([runs["first"], other_images])
        assert (page.sections[1].parts[0] != Text(DIFFERENT_IMAGES)) == compared, option
    (tmp_path / "mae" / "verdict.json").unlink()
    with pytest.raises(FileNotFoundError, match="no verdict yet; finish it with"):
        comparison([runs["first"], other])


def test_what_tells_runs_apart_is_said(runs, tmp_path):
    update = {"seed": 1, "backbone": Named(name="resnet8", width=4), "compare": ("found_folded",), "export": ("onnx",)}
    other = keep(tmp_path / "a", answers(WORSE))
    other.config = other.config.model_copy(update=update)
    told = comparison([runs["first"], other]).sections[0].parts[-1].text.split("\n")
    assert told[1:] == ["a 1: backbone.width: not given, seed: 0", "a 2: backbone.width: 4, seed: 1"]
    assert comparison([runs["first"], other, runs["second"]]).sections[0].parts[-1].text.count("seed: 0") == 2
    assert all(isinstance(part, Table) for part in comparison([runs["first"], runs["second"]]).sections[0].parts)


def test_comparing_leaves_every_run_as_it_is(runs, tmp_path, capsys):
    run = keep(tmp_path / "damaged", answers(BETTER))
    (run.folder.report / "report.md").write_text("changed by hand")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    comparison([runs["first"], run])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert capsys.readouterr() == ("", "")
