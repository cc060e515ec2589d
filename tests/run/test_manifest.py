"""What belongs to a run is known to be so: files as they were written, and no others."""

import json
import os
import shutil

import pytest

from keras_ean import files
from keras_ean.run import load_config
from keras_ean.run.folder import RunFolder

OTHER = {"a": 2}


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def one_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_folder(path):
    path.unlink()
    (path / "inside").mkdir(parents=True)


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "half": half,
    "one bit": one_bit,
    "foreign": lambda path: path.write_text(json.dumps(OTHER)),
    "deleted": lambda path: path.unlink(),
    "pipe": pipe,
    "folder": a_folder,
}


@pytest.fixture
def folder(tmp_path):
    """With a configuration, two results and an export."""
    told = []
    folder = RunFolder(tmp_path / "run", tell=told.append)
    folder.told = told
    folder.open(load_config())
    for name in ("scheme.json", "networks/found-0/metrics.json"):
        folder.write_json(folder.path / name, {"a": 1, "b": "some text"})
    (folder.exports / "saved").mkdir(parents=True)
    for name in ("model.bin", "receipt.json"):
        (folder.exports / "saved" / name).write_text(f"{name} of the export")
    folder.enter(folder.exports / "saved")
    return folder


def again(folder):
    return RunFolder(folder.path, tell=folder.tell)


def test_what_was_written_is_whole_and_said_to_be_of_its_stage(folder):
    entries = folder.manifest.entries
    assert {name: entry["stage"] for name, entry in entries.items()} == {
        "config.yaml": "begin",
        "versions.json": "begin",
        "scheme.json": "search",
        "networks/found-0/metrics.json": "found-0",
        "exports/saved/model.bin": "export",
        "exports/saved/receipt.json": "export",
    }
    assert all(again(folder).whole(folder.path / name) for name in (*entries, "exports/saved"))
    assert not folder.whole(folder.path / "verdict.json")
    assert folder.told == []


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["scheme.json", "networks/found-0/metrics.json", "exports/saved"])
def test_a_damaged_result_is_told_and_made_again_and_kept_aside(folder, name, damage):
    path = folder.path / name
    DAMAGES[damage](path / "model.bin" if path.is_dir() else path)
    there = path.exists()
    opened = again(folder)
    assert not opened.whole(path)
    assert not opened.whole(path)
    [line] = folder.told
    assert str(path) in line
    assert not path.exists()
    assert path.with_name(f"{path.name}.damaged-1").exists() == there
    assert ("damaged-1" in line) == there
    assert again(folder).json(folder.path / "scheme.json") == (
        None if name == "scheme.json" else {"a": 1, "b": "some text"}
    )


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["config.yaml", "versions.json"])
def test_what_nothing_can_make_again_is_written_from_the_manifest(folder, name, damage):
    path = folder.path / name
    before = path.read_text()
    DAMAGES[damage](path)
    assert again(folder).config() == load_config()
    assert path.read_text() == before
    assert len(folder.told) == 1
    assert again(folder).whole(folder.scheme_file)


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_its_manifest_a_run_is_taken_as_it_is_in_one_line(folder, damage):
    DAMAGES[damage](folder.manifest.file)
    opened = again(folder)
    assert opened.config() == load_config()
    assert opened.whole(folder.scheme_file)
    assert [line for line in folder.told if "are taken as they are" in line] == folder.told[-1:]
    one_bit(folder.scheme_file)
    assert not again(folder).whole(folder.scheme_file)


def test_the_manifest_of_another_run_is_not_taken(folder, tmp_path):
    other = RunFolder(tmp_path / "other")
    other.open(load_config(None, ["seed=7"]))
    other.write_json(other.scheme_file, OTHER)
    folder.manifest.file.write_bytes(other.manifest.file.read_bytes())
    assert again(folder).config() == load_config()
    assert again(folder).whole(folder.scheme_file)


def test_what_another_run_has_written_is_not_taken(folder):
    folder.supernet_file.write_text("a supernet of another width")
    assert not again(folder).whole(folder.supernet_file)
    assert folder.told == [
        f"{folder.supernet_file} was not written by this run: moved to supernet.keras.damaged-1; it is made again "
        "where it is needed."
    ]


def test_what_may_change_leaves_all_results_whole(folder):
    folder.open(load_config(None, ["seeds=9", "compare=[found_folded]", "on_nan=restore"]))
    assert again(folder).whole(folder.scheme_file)
    assert folder.told == []


def test_the_same_configuration_in_the_words_of_another_version_leaves_all_results_whole(folder):
    folder.write(folder.config_file, folder.config_file.read_text() + "of_a_later_version: null\n")
    assert again(folder).whole(folder.scheme_file)


def test_a_run_that_vanishes_is_not_begun_again_in_pieces(folder):
    shutil.rmtree(folder.path)
    with pytest.raises(FileNotFoundError, match=r"The run in .*run is gone"):
        folder.write_json(folder.scheme_file, OTHER)
    assert not folder.path.exists()


def test_a_kill_between_the_entry_and_the_move_leaves_the_earlier_one(folder, monkeypatch):
    monkeypatch.setattr(files, "move", lambda *_: exit("killed"))
    with pytest.raises(SystemExit):
        folder.write_json(folder.scheme_file, OTHER)
    assert again(folder).json(folder.scheme_file) == {"a": 1, "b": "some text"}
    assert folder.told == []


@pytest.mark.parametrize("shared", [["images.json"], ["images.json", "files.json", "model.json", "task.json"]])
def test_the_manifest_of_another_run_on_the_same_images_is_not_taken(folder, tmp_path, shared):
    other = RunFolder(tmp_path / "other", tell=folder.told.append)
    other.open(load_config(None, ["seed=1"]))
    for name, value in (("scheme.json", 2), ("networks/found-0/metrics.json", 3)):
        other.write_json(other.path / name, value)
    for one in (folder, other):
        for name in shared:
            one.write_json(one.path / name, "the same")
    shutil.copy(other.manifest.file, folder.manifest.file)
    assert again(folder).config() == load_config()
    assert again(folder).json(folder.path / "scheme.json") == {"a": 1, "b": "some text"}
    assert any("manifest.json is damaged, or of another run: moved" in line for line in folder.told)


def test_a_folder_in_the_place_of_what_is_written_is_moved_aside(folder):
    a_folder_there = folder.path / "verdict.json"
    (a_folder_there / "inside").mkdir(parents=True)
    folder.write_json(a_folder_there, OTHER)
    assert folder.json(a_folder_there) == OTHER
    assert (folder.path / "verdict.json.damaged-1" / "inside").is_dir()
    [line] = folder.told
    assert "verdict.json is no file, but a folder, a pipe or the like: moved to verdict.json.damaged-1" in line


def test_what_is_written_again_as_it_was_and_a_report_leave_a_finished_run_finished(folder):
    folder.report.mkdir()
    page = folder.report / "report.md"
    page.write_text("one")
    folder.enter(folder.report)
    manifest = folder.manifest
    manifest.finish("8 seeds")
    folder.write_json(folder.path / "scheme.json", {"a": 1, "b": "some text"})
    page.write_text("another")
    folder.enter(folder.report)
    assert manifest.finished("")
    assert manifest.finished("8 seeds")
    assert manifest.fault(page) is None
    folder.write_json(folder.path / "scheme.json", {"a": 2})
    assert not manifest.finished("")
    manifest.finish("")
    (folder.report / "more.md").write_text("new")
    folder.enter(folder.report)
    assert not manifest.finished("")
