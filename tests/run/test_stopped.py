"""A run that is stopped, in every stage and in every way."""

import os
import signal
import time
from contextlib import suppress

import pytest

from keras_ean.run import Run
from keras_ean.run.standing import standing
from tests import forks
from tests.run.starting import FORMATS, NETWORKS, QUIET, TINY, figures

pytestmark = pytest.mark.usefixtures("no_detours")

COMMAND = """
import signal
from keras_ean_cli import main
from tests.shortcuts import eagerly, sketched
from tests.small_backbone import known_by_name

signal.signal(signal.SIGINT, signal.default_int_handler)  # Ignored where tests run in the background of a shell.
with eagerly(), sketched(), known_by_name():
    main()
"""
STAGES = {
    ("checkpoints/pretrain/epoch-*.npz", "supernet.keras"): signal.SIGINT,
    ("search/search.sqlite",): signal.SIGKILL,
    ("checkpoints/plain-0/epoch-*.npz", "networks/plain-0/metrics.json"): signal.SIGTERM,
}
"""By signal, files of which the first that is seen tells that the run is there: a checkpoint is short-lived."""
KEPT = {signal.SIGINT: "the supernet", signal.SIGTERM: "the supernet and the search"}
"""What a run that was stopped there says that it keeps, at least: it may get on before the signal comes."""


def there(folder, patterns):
    """Whether there is a file of one of the patterns; a folder may vanish while it is looked through."""
    with suppress(FileNotFoundError):
        return any(list(folder.glob(pattern)) for pattern in patterns)
    return False


@pytest.mark.tensorflow
def test_stopped_in_every_stage_a_run_says_so_and_ends_as_an_uninterrupted_one(finished, tmp_path):
    folder = tmp_path / "killed"
    arguments = [argument for override in (*TINY, FORMATS) for argument in ("--set", override)]
    command = ["-c", COMMAND, "run", "digits", "--out", folder, "--no-timing", *arguments]
    for patterns, number in STAGES.items():
        file, deadline = tmp_path / f"said-{number}", time.monotonic() + 240
        with file.open("a") as output, forks.Fork(command, output, output) as run:
            while not there(folder, patterns):
                os.kill(run.pid, 0)  # An error, if the run has ended before it could be stopped.
                assert time.monotonic() < deadline
                time.sleep(0.02)
            os.kill(run.pid, number)
            status, said = run.status(), file.read_text()
        assert "Traceback" not in said
        if number == signal.SIGKILL:
            assert status == -number
        else:
            assert status == 128 + number
            [line] = [line for line in said.splitlines() if line.startswith("Stopped; ")]
            assert line == said.splitlines()[-1]
            assert line == f"Stopped; {standing(folder)}. To go on: keras-ean run --out {folder}"
            assert KEPT[number] in line
    ended = Run(folder, None, QUIET)
    for name in NETWORKS:
        ended.figures(name)
    assert figures(folder) == figures(finished.folder.path)
    assert ended.search() == finished.search()
