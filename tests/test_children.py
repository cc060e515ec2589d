"""Children end when their parent has been killed, and do else what Python does."""

import os
import signal
import subprocess
import sys

from keras_ean.children import watched

PARENT = """
import subprocess, sys, time
import keras_ean_cli  # Without Keras.
from keras_ean.children import watched
child = "import time; print('begun', flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", watched(child)])
time.sleep(600)
"""


def test_a_child_of_a_killed_process_ends():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "begun\n"
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout.read() == ""  # Which waits until the child, too, has let go of its end of the pipe.


def test_scripts_and_modules_run_as_python_runs_them(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(__name__, sys.argv[1:], __file__)\n")
    for arguments in ([str(script), "a"], ["-m", "script", "a"]):
        done = subprocess.run(
            [sys.executable, "-c", watched(), *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            check=True,
        )
        assert done.stdout == f"__main__ ['a'] {script}\n"
