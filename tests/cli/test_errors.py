"""What a command says of what goes wrong."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from keras_ean.cli import errors

application = import_module("keras_ean.cli.app")


def fails_with(error):
    def run():
        raise error

    return run


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setattr(application, "listen", lambda: None)
    monkeypatch.setattr(application, "import_folder", lambda *_: None)


def said(monkeypatch, capsys, error):
    monkeypatch.setattr(application, "app", fails_with(error))
    with pytest.raises(SystemExit) as ended:
        application.main()
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_users_error_is_its_message_and_gives_a_terminal_no_orders(monkeypatch, capsys):
    assert "There is no \\x1b[31mred" in said(monkeypatch, capsys, FileNotFoundError("There is no \x1b[31mred"))


def _loop(folder):
    (folder / "loop").symlink_to("loop")
    (folder / "loop").read_text()


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lambda folder: (folder / "file" / "below").mkdir(), "below: a part of this path is a file, and no folder. Ch"),
        (lambda folder: folder.read_text(), ": this is a folder, where a file is needed."),
        (lambda folder: (folder / "missing").read_text(), "missing: there is no such file or folder."),
        (lambda folder: (folder / ("x" * 300)).mkdir(), ": this name is too long for the file system."),
        (_loop, "loop: this is a link that leads back to itself."),
    ],
)
def test_an_error_of_the_operating_system_is_told_in_words(monkeypatch, capsys, tmp_path, happens, told):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError) as raised:  # noqa: PT011
        happens(tmp_path)
    text = said(monkeypatch, capsys, raised.value)
    assert told in text
    assert "Errno" not in text


def test_an_error_that_nobody_foresaw_is_one_line_and_says_where_its_traceback_is(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = said(monkeypatch, capsys, KeyError("x"))
    assert len(text.strip().splitlines()) == 1
    [log] = re.findall(r"is in (\S+\.log);", text)
    assert "an error that nobody has foreseen, KeyError: 'x'" in text
    assert "raise error" in Path(log).read_text()


def test_debugging_shows_where_an_error_comes_from(monkeypatch):
    monkeypatch.setattr(application, "app", fails_with(KeyError("x")))
    monkeypatch.setattr(errors, "debugging", True)
    with pytest.raises(KeyError):
        application.main()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 9 GiB"),
        type("ResourceExhaustedError", (Exception,), {})("OOM when allocating tensor"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate"),
    ],
)
def test_memory_at_its_end_is_told_with_what_needs_less(error):
    assert "this machine has too little memory" in errors.told(error)
    assert "backbone" in errors.told(error)
