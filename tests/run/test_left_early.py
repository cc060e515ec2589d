"""What left the supernet's training early is told wherever its scores are."""

from dataclasses import replace

import pytest

from keras_ean import Scheme
from keras_ean.cli.search import search
from keras_ean.place_names import PlaceNames
from keras_ean.run.card import card
from keras_ean.run.folder import RunFolder
from keras_ean.run.kept import KeptRun
from keras_ean.run.left_early import Left, LeftEarly, left_early, left_early_file, note_look
from keras_ean.run.report import shrunk
from keras_ean.run.report.report import Report
from keras_ean.training import read_curve
from tests.run.kept_runs import answers, keep
from tests.run.report.reading import read_page
from tests.run.starting import start

SHARES = {"plain": 0.7, "shared": 0.72, "random": 0.72, "found": 0.8}


def early(*left, attention="se", epochs=8):
    found = tuple(Left(epoch, place, bit, -0.002, -0.01, 0.006) for epoch, place, bit in left)
    return LeftEarly(epochs, 4, 2.5, found, PlaceNames(attention))


def told(part):
    return part.text if hasattr(part, "text") else part.caption


def test_a_look_that_a_kill_took_back_is_told_once(tmp_path):
    folder = RunFolder(tmp_path)
    assert left_early(folder, "se") is None
    first, second, again = (Left(epoch, place, 0, -0.1, -0.2, 0.0) for epoch, place in ((2, 0), (4, 1), (4, 2)))
    for one in (first, second, again):
        note_look(folder, 6, one.epoch, 1.25, [one])
    note_look(folder, 6, 5, 1.0, [])
    assert left_early(folder, "eca+se") == LeftEarly(6, 3, 3.5, (first, again), PlaceNames("eca+se"))


def test_networks_that_have_what_left_are_said_to_be_judged_too_low(tmp_path):
    """Also those that leave out what is on from some epoch on, which are trained so for a part of the epochs, too."""
    verdict = keep(tmp_path / "run", answers(SHARES)).verdict()
    assert early((3, 0, 0), (4, 2, 0)).caution(verdict) == (
        "Perhaps judged too low, since what left the supernet's training early had fewer epochs: everywhere connects "
        "blocks 0 and 2 (trained for 3 to 4 of 8 epochs); found (recommended) connects block 0 (trained for 3 of 8 "
        "epochs).",
    )
    [said] = early((3, 0, 1)).caution(verdict)
    assert "no attention leaves out block 0 (trained so for 3 of 8 epochs); random leaves out block 0" in said
    assert "found" not in said
    assert early().caution(verdict) == ()
    # It is not about the plateau.
    assert replace(verdict, cautions=(said,)).doubt == ""
    assert str(replace(verdict, cautions=(said,))).count(said) == 1


def test_the_section_says_what_left_when_and_whom_it_concerns():
    schemes = {"found": Scheme("01 00 00"), "everywhere": Scheme("11 11 11")}
    section = shrunk.section(early((3, 1, 0), (4, 4, 0), attention="eca+se"), schemes, "loss")
    text, table = section.parts
    for words in (
        "Of 6 places 2 left the supernet's training of 8 epochs: block 0, SE is off after epoch 3; block 2, ECA is off "
        "after epoch 4.",
        "Here the found scheme, 01 00 00, connects block 0, SE (trained for 3 of 8 epochs); the everywhere scheme, 11 "
        "11 11, connects block 0, SE and block 2, ECA (trained for 3 to 4 of 8 epochs).",
    ):
        assert words in text.text, words
    assert table.rows[0] == ("0, SE (stage 0)", "off", "3 of 8", "-0.0020", "-0.0100 to +0.0060")
    assert "in nats" in table.caption
    all_left = early(*((2, place, int(place == 2)) for place in range(3)))
    every = shrunk.section(all_left, {"found": Scheme("0 0 1")}, "accuracy")
    assert "All 3 blocks left the supernet's training" in every.parts[0].text
    assert "trained one scheme alone, 0 0 1." in every.parts[0].text
    assert "None of the schemes that this report names is one." in every.parts[0].text
    assert every.parts[1].rows[2][3] == "-0.20"
    none = shrunk.section(early(), schemes, "loss")
    assert [told(part) for part in none.parts] == [
        "None of the 6 blocks left the supernet's training: at 4 looks none was decided."
    ]


@pytest.mark.usefixtures("no_detours", "sketched")
def test_a_run_whose_space_shrank_says_so_in_report_verdict_and_card(tmp_path, capsys):
    options = "pretrain.epochs=3", "shrinking={tolerance: 5.0, looks: 2}", "attention={name: eca+se}", "export=[]"
    run = start(tmp_path / "run", *options, "backbone.stages=[1, 1]", "seeds=1", "tune.epochs=1")
    run()
    left = left_early(run.folder, "eca+se")
    assert {(one.epoch, one.place, one.bit) for one in left.left} == {(2, place, 0) for place in range(4)}
    assert 0 < left.seconds < 60
    verdict = run.verdict()
    [said] = [caution for caution in verdict.cautions if caution.startswith("Perhaps judged too low")]
    assert "connects 4 places (trained for 2 of 3 epochs)" in said
    text = read_page(run.folder.report / "report.html").text
    assert text.index("What left the supernet's training") < text.index("The compared networks")
    for words in (said, left.sentence(4), "0, ECA (stage 0)", "2 blocks with a place for each of ECA and SE"):
        assert words in text, words
    assert "What each place is worth" in text
    assert "Of what left the supernet's training early (block 0, ECA" in text
    published = card(KeptRun(run.folder.path))
    assert said in published
    assert left.sentence(4) in published
    assert "of 4 places" in published
    search(run.folder.path)
    assert ("such schemes are scored too low" in capsys.readouterr().out) is any(run.search().bits)
    parts = Report(run.context, run.searching(), run.compared(), verdict)._seconds()
    epochs = [epoch["seconds"] for epoch in read_curve(run.folder.curve("pretrain"))]
    assert parts["the supernet"] == pytest.approx(sum(epochs))
    assert sum(epochs[1:]) > left.seconds > 0  # After epochs 1 and 2.
    # Of a run of an earlier version nothing is known.
    left_early_file(run.folder).unlink()
    assert Report(run.context, run.searching(), run.compared(), verdict)._shrunk() == []
