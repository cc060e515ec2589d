import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

COMMAND = Path(sys.executable).with_name("keras-ean")
# Nothing here computes, and JAX is imported soonest.
OPTIONS = {"capture_output": True, "text": True, "timeout": 120, "env": {**os.environ, "KERAS_BACKEND": "jax"}}


def call(*arguments):
    return subprocess.run([COMMAND, *arguments], **OPTIONS)


def test_help_imports_nothing_heavy():
    code = """
import atexit, sys
sys.argv = ["anything", "--help"]
from keras_ean_cli import main
heavy = {"keras", "tensorflow", "jax", "numpy", "pydantic"}
atexit.register(lambda: print("HEAVY", heavy & set(sys.modules)))
main()
"""
    result = subprocess.run([sys.executable, "-c", code], **OPTIONS)
    assert "HEAVY set()" in result.stdout


def test_a_folder_without_a_run_is_told_without_keras_and_a_fault_brings_no_others_along(tmp_path):
    (tmp_path / "my.yaml").write_text("data: digits\nfoo: 1\n")
    code = f"""
import sys
from keras_ean_cli import main
commands = (
    ["run", "--out", "{tmp_path}/none"],
    ["run", "{tmp_path}/my.yaml", "--out", "{tmp_path}/new"],
    ["improve", "none.keras", "--data", "none:photos", "--attention", "eca,sse", "--out", "{tmp_path}/improved"],
)
for arguments in commands:
    sys.argv = ["keras-ean", *arguments]
    try:
        main()
    except SystemExit:
        print("HEAVY", {{"keras", "tensorflow", "jax"}} & set(sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", code], **OPTIONS)
    assert result.stdout == 3 * "HEAVY set()\n"
    first, *faults = result.stderr.splitlines()
    assert "holds no run" in first
    assert [line.split(":")[0] for line in faults if line[0] == " "] == ["  foo", "  model", "  data", "  attention"]


def test_a_command_knows_the_classes_of_saved_models():
    code = """
import sys
from keras_ean_cli import main
sys.argv = ["anything", "attachments", "none.keras"]
try:
    main()
finally:
    from keras.saving import get_registered_object
    print("KNOWN", get_registered_object("keras_ean>OneCycle"))
"""
    result = subprocess.run([sys.executable, "-c", code], **OPTIONS)
    assert "There is no model file" in result.stderr
    assert re.search("KNOWN .*OneCycle", result.stdout)


def test_every_command_has_help():
    """All in one process, since each of its own takes longer to start than to answer."""
    commands = ["run", "pretrain", "search", "train", "evaluate", "export", "predict", "plug", "attachments", "rank"]
    code = f"""
import sys
from keras_ean_cli import main
for command in {commands}:
    sys.argv = ["keras-ean", command, "--help"]
    try:
        main()
    except SystemExit as stopped:
        print("ENDED", command, stopped.code)
"""
    result = subprocess.run([sys.executable, "-c", code], **OPTIONS)
    answers = re.split(r"^ENDED (\w+ \d+)$", result.stdout, flags=re.MULTILINE)
    assert answers[1::2] == [f"{command} 0" for command in commands], result.stderr
    assert all(f"Usage: keras-ean {command} " in answer for command, answer in zip(commands, answers[::2]))


def test_a_warning_is_told_without_the_code_that_raised_it():
    code = """
import sys, warnings
from keras_ean_cli import main
sys.argv = ["keras-ean", "--version"]
try:
    main()
except SystemExit:
    warnings.warn("a class has no images")
"""
    assert subprocess.run([sys.executable, "-c", code], **OPTIONS).stderr == "Warning: a class has no images\n"


def test_version():
    from keras_ean import __version__

    assert call("--version").stdout.strip() == f"keras-ean {__version__}"


def test_a_users_error_is_one_message(tmp_path):
    result = call("run", str(tmp_path / "none.yaml"), "--out", str(tmp_path / "run"))
    assert result.returncode == 2
    assert "There is no configuration" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "run").exists()


def test_an_unknown_command_is_refused():
    result = call("runn")
    assert result.returncode == 2
    assert "runn" in result.stderr


def test_ctrl_c_while_the_command_line_is_imported_is_told_in_a_word(monkeypatch, capsys):
    import keras_ean_cli

    class Interrupted(ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "keras_ean.cli", Interrupted("keras_ean.cli"))
    with pytest.raises(SystemExit) as ended:
        keras_ean_cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Stopped.\n"
