"""What is wrong with the disk is one line, with what is kept and how to go on."""

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from keras_ean.cli.opening import open_run
from keras_ean.cli.stopping import in_pieces
from keras_ean.run import load_config
from keras_ean.run.folder import RunFolder
from keras_ean.search.host.store import FILE, Store


def full(folder):
    raise OSError(errno.ENOSPC, "No space left on device", str(folder / "supernet.keras"))


def full_of_hdf5(folder):
    raise OSError("Can't write data (file write failed: errno = 28, error message = 'No space left on device')")


def full_of_tensorflow(folder):
    raise RuntimeError("tensorboard/events; No space left on device")


def full_of_numpy(folder):
    raise OSError("3200 requested and 2016 written")


def full_of_a_search(folder):
    store = Store(folder / "search" / FILE)
    store.connection.execute("PRAGMA max_page_count = 1")
    with store.transaction():
        store.put("step", "1" * 100_000)


def read_only(folder):
    raise PermissionError(errno.EACCES, "Permission denied", str(folder / "search"))


def vanished(folder):
    shutil.rmtree(folder)
    (folder / "tensorboard").mkdir(parents=True)  # By who is just writing.
    (folder / "scheme.json").read_text()


def vanished_for_a_fresh_process(folder):
    shutil.rmtree(folder)
    raise RuntimeError("The artefact could not be read in a fresh process:\nTraceback:\n  1\n  2")


@pytest.mark.parametrize(
    ("happens", "cause"),
    [
        (full, "The disk of .*run is full: make room"),
        (full_of_hdf5, "The disk of .*run is full: make room"),
        (full_of_tensorflow, "The disk of .*run is full: make room"),
        (full_of_numpy, "The disk of .*run is full: make room"),
        (full_of_a_search, "The disk of .*run is full: make room"),
        (read_only, ".*run cannot be written to: allow it"),
        (vanished, ".*run is gone: bring it back"),
        (vanished_for_a_fresh_process, ".*run is gone: bring it back"),
    ],
)
def test_trouble_with_the_disk_is_told_in_a_line(tmp_path, happens, cause):
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config())
    kept = (
        "nothing was begun"
        if happens in (vanished, vanished_for_a_fresh_process)
        else ".*run keeps nothing but its configuration yet"
    )
    with (
        pytest.raises(OSError, match=rf"^{cause}\. To go on: again\. Until now, {kept}\.$"),
        in_pieces(folder.path, "again"),
    ):
        happens(folder.path)


def test_other_errors_are_what_they_are(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(FileNotFoundError, match="photos"), in_pieces(tmp_path / "run", "again"):
        (tmp_path / "photos").read_text()


def test_a_disk_that_is_full_from_the_start_is_told_too_and_a_configuration_that_is_missing_is_what_it_is(
    tmp_path, monkeypatch
):
    with pytest.raises(FileNotFoundError, match="no configuration 'mine'"):
        open_run(Path("mine"), tmp_path / "run", ())
    monkeypatch.setattr(RunFolder, "write", lambda *_: full(tmp_path / "run"))
    told = "The disk of .*run is full: make room. To go on: the same command. Until now, nothing was begun"
    with pytest.raises(OSError, match=told):
        open_run(Path("digits"), tmp_path / "run", ("data.train=40",))


@pytest.mark.parametrize(
    ("free", "cause"), [(4096, "The disk of .*run is full: make room"), (1 << 30, ".*disk I/O error")]
)
def test_what_sqlite_calls_an_input_error_is_a_full_disk_where_there_is_no_room(tmp_path, monkeypatch, free, cause):
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config())
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(OSError, match=f"^{cause}"), in_pieces(folder.path, "again"):
        raise OSError(f"{folder.path}/search/search.sqlite cannot be written: disk I/O error; what it holds is kept")
