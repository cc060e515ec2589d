import pytest

from keras_ean import files


def write(path, text, folder):
    if folder:
        path.mkdir()
        path = path / "saved_model.pb"
    path.write_text(text)


@pytest.mark.parametrize("folder", [False, True])
def test_replaces_an_earlier_export(tmp_path, folder):
    target = tmp_path / "new" / "mine"
    for text in ("first", "second"):
        with files.staging(target) as staged:
            write(staged, text, folder)
            assert staged.parent.parent == target.parent
            files.move(staged, target)
    assert (target / "saved_model.pb" if folder else target).read_text() == "second"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("folder", [False, True])
def test_a_failure_leaves_the_earlier_export(tmp_path, folder):
    target = tmp_path / "mine"
    write(target, "first", folder)

    def fail():
        with files.staging(target) as staged:
            write(staged, "second", folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (target / "saved_model.pb" if folder else target).read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "mine").mkdir()
    with files.staging(tmp_path / "mine") as staged:
        write(staged, "first", folder=True)
        files.move(staged, tmp_path / "mine")
    assert (tmp_path / "mine" / "saved_model.pb").read_text() == "first"
