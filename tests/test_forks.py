"""Processes that need not import the backend anew: they do what Python does, and none stays."""

import os
import select
import signal
import tempfile

import pytest

from tests import forks


def test_code_modules_and_scripts_run_as_python_runs_them(tmp_path, monkeypatch):
    told = "import os, sys; print(__name__, sys.argv, os.environ['WORD'], os.getcwd()); print('told', file=sys.stderr)"
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "script.py").write_text(f"import beside\n{told}\n")
    monkeypatch.chdir(tmp_path)
    script = str(tmp_path / "script.py")
    for arguments, name in ((["-c", told], "-c"), (["-m", "script"], script), ([script], script)):
        done = forks.run(*arguments, "a", environment={**os.environ, "WORD": "one"})
        assert (done.returncode, done.stderr) == (0, "told\n")
        assert done.stdout == f"__main__ ['{name}', 'a'] one {tmp_path}\n"


@pytest.mark.parametrize(
    ("code", "status", "errors"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('so')", 1, "so\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
    ],
)
def test_ends_are_told(code, status, errors):
    done = forks.run("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", errors)


def test_errors_are_told():
    done = forks.run("-c", "1 / 0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_warnings_are_told_as_python_tells_them():
    code = "import warnings\nfor kind in (UserWarning, DeprecationWarning, ResourceWarning): warnings.warn('so', kind)"
    done = forks.run("-c", code)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [f"<string>:2: {name}: so" for name in ("UserWarning", "DeprecationWarning")]


def test_nothing_has_been_computed_and_nothing_of_the_tests_is_changed(monkeypatch):
    import keras

    keras.ops.ones(1)
    monkeypatch.setattr(keras, "word", 1, raising=False)
    code = "import os, keras; print(hasattr(keras, 'word'), len(os.listdir('/proc/self/task')))"
    assert forks.run("-c", code).stdout == "False 1\n"


def test_a_process_ends_with_its_use():
    with tempfile.TemporaryFile() as output, forks.Fork(["-c", "import time; time.sleep(600)"], output, output) as one:
        handle = os.pidfd_open(one.pid)
    assert select.select([handle], [], [], 60)[0]
    os.close(handle)
