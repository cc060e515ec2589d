"""keras-ean verify on a folder with results."""

import json
import os

import pytest
from typer.testing import CliRunner

from keras_ean.cli import app
from keras_ean.cli import verify as command  # noqa: F401
from keras_ean.exporting.receipt import digests, receipt_path
from keras_ean.run import load_config
from keras_ean.run.folder import RunFolder
from keras_ean.search.host.store import FILE, Store


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config())
    folder.write_json(folder.scheme_file, {"scheme": "10"})
    store = Store(folder.search_folder / FILE)
    with store.transaction():
        store.put("step", 1)
    store.close()
    return folder


def call(folder):
    return CliRunner().invoke(app, ["verify", str(folder)])


def test_a_whole_run_is_whole(run):
    result = call(run.path)
    assert result.exit_code == 0
    assert "All 5 files are as they were written." in result.stdout
    assert ["scheme.json", "search", "21", "whole"] in [line.split() for line in result.stdout.splitlines()]


def test_what_is_damaged_is_named_and_nothing_is_touched(run):
    run.scheme_file.write_text("{}")
    (run.search_folder / FILE).write_bytes(b"")
    before = sorted(run.path.rglob("*"))
    result = call(run.path)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.endswith(" is empty")] == [f"search/{FILE}"]
    assert [line.split()[0] for line in lines if "2 bytes in place of" in line] == ["scheme.json"]
    assert lines[-1].startswith("2 of 5 files are not as they were written.")
    assert f"keras-ean run --out {run.path}" in lines[-1]
    assert sorted(run.path.rglob("*")) == before


@pytest.mark.parametrize("name", ["manifest.json", "versions.json", "scheme.json", f"search/{FILE}"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_named_and_not_waited_for(run, in_time, name, make):
    (run.path / name).unlink()
    make(run.path / name)
    result = call(run.path)
    assert result.exit_code == 1
    told = [
        line.split()[0]
        for line in result.stdout.splitlines()
        if line.endswith("is no file, but a folder, a pipe or the like")
    ]
    assert told == [name]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_checkpoint_is_named(run, in_time, make):
    checkpoint = run.checkpoints("plain-0") / "epoch-000001.npz"
    checkpoint.parent.mkdir(parents=True)
    make(checkpoint)
    result = call(run.path)
    assert "is no file, but a folder, a pipe or the like" in result.stdout


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_run_goes_on_beside_what_is_no_file(run, in_time, capsys, make):
    run.scheme_file.unlink()
    make(run.scheme_file)
    assert RunFolder(run.path).json(run.scheme_file) is None
    assert (
        "scheme.json is no file, but a folder, a pipe or the like: moved to scheme.json.damaged-1"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file: file.write_bytes(b"half"), "is not as its receipt tells"),
        (lambda file: file.unlink(), "is missing"),
        (lambda file: None, "whole"),
    ],
)
@pytest.mark.parametrize("name", ["mine.bin", "saved/variables/1"])
def test_an_export_that_was_made_later_is_looked_at_too(run, damage, told, name):
    file = run.exports / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"the whole")
    artefact = file if file.parent == run.exports else run.exports / "saved"
    receipt_path(artefact).write_text(json.dumps({"format": "mine", "sha256": digests(artefact)}))
    damage(file)
    result = call(run.path)
    [line] = [line for line in result.stdout.splitlines() if line.startswith(f"exports/{name} ")]
    assert line.split()[1] == "exported"
    assert (f"keras-ean export {run.path} -f FORMAT" in result.stdout) == (told != "whole")
    assert line.endswith(told)
    assert result.exit_code == (told != "whole")


def test_a_folder_without_a_run_is_refused(tmp_path):
    assert "holds no run" in str(call(tmp_path).exception)
