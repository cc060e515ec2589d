"""A run that is stopped, in every stage and in every way."""

import re
import signal
import subprocess
import sys
import time

import pytest

from keras_ean.run import Run
from tests.run.starting import FORMATS, QUIET, TINY, figures

pytestmark = pytest.mark.usefixtures("no_detours")

COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # Ignored where these tests run in the background of a shell.
from keras_ean_cli import main
from tests.shortcuts import eagerly
from tests.small_backbone import known_by_name
with eagerly(), known_by_name():
    main()
"""
STAGES = {
    "checkpoints/pretrain/epoch-*.npz": signal.SIGINT,
    "search/search.sqlite": signal.SIGKILL,
    "checkpoints/plain-0/epoch-*.npz": signal.SIGTERM,
}
SUPERNET, NETWORKS_KEPT = (
    "([12] of 2 epochs of )?the supernet",
    "the supernet and the search( and .*plain-0.*|.* of 8 .*)?",
)
KEPT = {signal.SIGINT: SUPERNET, signal.SIGTERM: NETWORKS_KEPT}
"""What a run that was stopped there says."""


@pytest.mark.tensorflow
def test_stopped_in_every_stage_a_run_says_so_and_ends_as_an_uninterrupted_one(finished, tmp_path):
    folder = tmp_path / "killed"
    arguments = [argument for override in (*TINY, FORMATS) for argument in ("--set", override)]
    command = [sys.executable, "-c", COMMAND, "run", "digits", "--out", folder, "--no-timing", *arguments]
    for pattern, number in STAGES.items():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + 240
        while not list(folder.glob(pattern)):
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        said, _ = process.communicate()
        assert "Traceback" not in said
        if number == signal.SIGKILL:
            assert process.returncode == -number
        else:
            assert process.returncode == 128 + number
            [line] = [line for line in said.splitlines() if line.startswith("Stopped; ")]
            assert line == said.splitlines()[-1]
            assert re.fullmatch(f"Stopped; {folder} keeps {KEPT[number]}. To go on: keras-ean run --out {folder}", line)
    Run(folder, None, QUIET)()
    assert figures(folder) == figures(finished.folder.path)
    assert Run(folder, None, QUIET).search() == finished.search()
