import os

import pytest

from keras_ean import files


def write(path, text, folder):
    if folder:
        path.mkdir()
        path = path / "weights"
    path.write_text(text)


def is_ours(folder):
    return (folder / "weights").exists()


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_moved_replaces_an_earlier_one(tmp_path, folder):
    target = tmp_path / "new" / "mine"
    for text in ("first", "second"):
        with files.staging(target, is_ours) as staged:
            write(staged, text, folder)
            assert staged.parent.parent == target.parent
            files.move(staged, target, is_ours)
    assert (target / "weights" if folder else target).read_text() == "second"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("folder", [False, True])
def test_a_failure_leaves_the_earlier_one(tmp_path, folder):
    target = tmp_path / "mine"
    write(target, "first", folder)

    def fail():
        with files.staging(target, is_ours) as staged:
            write(staged, "second", folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (target / "weights" if folder else target).read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_is_taken_and_no_other(tmp_path):
    (tmp_path / "mine").mkdir()
    with files.staging(tmp_path / "mine") as staged:
        write(staged, "first", folder=True)
        files.move(staged, tmp_path / "mine")
    assert (tmp_path / "mine" / "weights").read_text() == "first"
    with pytest.raises(FileExistsError, match="mine is a folder with other content"):
        files.write_text(tmp_path / "mine", "second")
    assert (tmp_path / "mine" / "weights").read_text() == "first"


def test_a_text_that_cannot_be_written_leaves_the_earlier_one(tmp_path):
    files.write_json(tmp_path / "new" / "facts.json", {"é": [1, 2]})
    with pytest.raises(UnicodeEncodeError):
        files.write_text(tmp_path / "new" / "facts.json", "half \ud800")
    assert files.read_json(tmp_path / "new" / "facts.json") == {"é": [1, 2]}
    assert os.listdir(tmp_path / "new") == ["facts.json"]


def test_all_is_on_the_disk_before_it_is_moved_and_the_move_after_it(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    with files.staging(tmp_path / "mine") as staged:
        write(staged, "first", folder=True)
        files.move(staged, tmp_path / "mine")
    moved = tmp_path / "mine"
    assert synced == [path.stat().st_ino for path in (moved / "weights", moved, tmp_path)]


@pytest.mark.parametrize("text", ["[" * 200_000, "{", "", "nul"])
def test_what_is_no_json_is_a_value_error(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        files.read_json(tmp_path / "a.json")


@pytest.mark.parametrize("text", ["null", "[1]", "3", '"' + "a" * 1000 + '"'])
def test_where_an_object_is_wanted_nothing_else_is_taken(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match="in place of an object") as told:
        files.read_object(tmp_path / "a.json")
    assert len(str(told.value)) < 400
    (tmp_path / "a.json").write_text('{"a": 1}')
    assert files.read_object(tmp_path / "a.json") == {"a": 1}
