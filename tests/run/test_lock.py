"""One process at a time writes to a run's folder."""

import json
import os
import signal
import subprocess
import sys

import pytest

from keras_ean.run.lock import check_free, held

HOLD = """
import sys, keras_ean_cli  # Without Keras.
from pathlib import Path
from keras_ean.run.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """A process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_in_a_line_that_names_the_first(other, tmp_path):
    with pytest.raises(BlockingIOError) as raised, held(tmp_path):
        pass
    [line] = str(raised.value).splitlines()
    assert f"being written to by process {other.pid} of" in line
    assert os.uname().nodename in line


RUN = """
import sys
from keras_ean_cli import main
sys.argv = ["keras-ean", "run", "digits", "--out", sys.argv[1]]
try:
    main()
finally:
    print("imported", "keras" in sys.modules)
"""


def test_a_command_is_refused_before_it_imports_keras(other, tmp_path):
    before = (tmp_path / ".lock").read_bytes()
    command = subprocess.run([sys.executable, "-c", RUN, tmp_path], capture_output=True, text=True)
    assert command.returncode == 2
    assert command.stdout == "imported False\n"
    [line] = command.stderr.splitlines()
    assert f"{tmp_path} is being written to by process {other.pid} of" in line
    assert (tmp_path / ".lock").read_bytes() == before


def test_nothing_is_touched_by_asking_whether_a_lock_is_free(other, tmp_path):
    with pytest.raises(BlockingIOError):
        check_free(tmp_path)
    other.kill()
    other.wait()
    check_free(tmp_path)
    check_free(tmp_path / "missing")
    assert json.loads((tmp_path / ".lock").read_text())["pid"] == other.pid
    assert not (tmp_path / "missing").exists()
    with held(tmp_path):
        check_free(tmp_path)


def test_the_lock_of_a_killed_process_is_taken_over_and_its_leftovers_are_removed(other, tmp_path):
    (tmp_path / "a" / ".model.keras.x.partial").mkdir(parents=True)
    other.send_signal(signal.SIGKILL)
    other.wait()
    with held(tmp_path):
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()
        assert list((tmp_path / "a").iterdir()) == []


def test_a_process_does_not_refuse_itself(tmp_path):
    with held(tmp_path), held(tmp_path):
        (tmp_path / ".mine.partial").mkdir()
    with held(tmp_path):
        pass


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_in_the_place_of_the_lock_is_told(tmp_path, make):
    make(tmp_path / ".lock")
    with (
        pytest.raises(FileExistsError, match=r"\.lock is no file, but a folder, .*: remove it, or rename it\.$"),
        held(tmp_path),
    ):
        pass
