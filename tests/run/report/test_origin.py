"""How long a run took, by what it was spent on, and from when to when."""

import os
import time

from keras_ean.run import RunFolder
from keras_ean.run.report import origin


def test_folding_takes_what_its_base_had_not_taken():
    figures = [
        {"name": "found", "seed": 0, "seconds": 20.0},
        {"name": "found", "seed": 1, "seconds": 0.0, "same_as": "plain"},
        {"name": "found_folded", "seed": 0, "seconds": 25.0},
        {"name": "found_folded", "seed": 1, "seconds": 7.0},
    ]
    assert origin.folding(figures) == 12.0
    assert origin.folding(figures[:2]) == 0.0


def test_the_total_says_what_it_is_of():
    told = origin.taken("It cost 2.", "Seen: 3.", {"the supernet": 60.0, "folding": 5.0}, "It began.").parts
    assert told[0].text == "It cost 2.\nSeen: 3.\nIt began."
    assert told[1].rows == [
        ("the supernet", "0:01:00"),
        ("folding", "0:00:05"),
        ("trainings, search and folding together", "0:01:05"),
    ]
    assert "Building networks, other tests, timing and exports come on top" in told[1].caption
    assert origin.taken("", "", {"the supernet": 60.0}, "").parts[1].rows[-1][0] == "trainings and search together"
    assert len(origin.taken("It cost 2.", "", {}, "").parts) == 1


def test_a_run_began_and_ended_when_its_files_were_written(tmp_path):
    folder = RunFolder(tmp_path)
    assert origin.when(folder) == ""
    for file, written in ((folder.versions_file, 12), (folder.report / "report.json", 14)):
        folder.write_json(file, {})
        at = time.mktime((2026, 3, 1, written, 30, 0, 0, 0, -1))
        os.utime(file, (at, at))
    assert origin.when(folder) == (
        "The run began on 2026-03-01 at 12:30:00, and its last figures were kept on 2026-03-01 at 14:30:00; "
        "interruptions are within."
    )
    # Of copied files, whose times are those of the copying.
    assert origin.when(folder, spent=2 * 3600.0)
    assert origin.when(folder, spent=2 * 3600.0 + 1) == ""
