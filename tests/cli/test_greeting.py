"""TensorFlow's greeting is left out, and nothing else is."""

import os
import subprocess
import sys

import pytest

from keras_ean.cli.greeting import without_greeting

GREETING = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795707918.608819   21951 port.cc:153] oneDNN custom operations are on.
2025-01-05 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow
E0000 00:00:1795707918.608819   21951 cuda_dnn.cc:8310] Unable to register cuDNN factory
"""


def test_what_is_no_greeting_is_let_through(capfd):
    with without_greeting():
        os.write(2, GREETING.encode())
        print("A module that was compiled using NumPy 1.x", file=sys.stderr)
        os.write(2, b"cannot be run\n")
    assert capfd.readouterr().err == "A module that was compiled using NumPy 1.x\ncannot be run\n"
    os.write(2, b"as before\n")
    assert capfd.readouterr().err == "as before\n"


def test_all_of_it_is_told_if_the_import_fails(capfd):
    def fail():
        with without_greeting():
            os.write(2, GREETING.encode())
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert capfd.readouterr().err == GREETING


@pytest.mark.tensorflow
def test_a_command_is_quiet_however_it_is_entered(tmp_path):
    variables = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-m", "keras_ean_cli", "init", str(tmp_path)]
    said = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert said.stderr.startswith(f"keras-ean: {tmp_path}")
    assert said.stdout == ""
