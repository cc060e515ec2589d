"""Shared by all tests: quiet logs, one seed, and a switch that hides TensorFlow."""

import functools
import gc
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import typing
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.order import LONGEST, SHARED

# Keras comes after these, and where it is used: the process that hands tests to pytest-xdist's workers does without.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")
# Small nets gain nothing from threads, and pytest-xdist runs a process on each core already.
for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")
# Leaves a third of XLA's compilation. Not level 0, at which the gradients of some fused operations come out as NaN.
CHEAP = "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false --xla_cpu_prefer_vector_width=128"
os.environ.setdefault("XLA_FLAGS", CHEAP)

# Examples may take as long as they take: machines differ.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")

HIDDEN = ("tensorflow", "tensorflow_datasets", "tensorflow_model_optimization", "tf_keras")


class Without:
    """A finder that does not find TensorFlow, as on a machine without it."""

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in HIDDEN else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)


if os.environ.get("KERAS_EAN_HIDE_TENSORFLOW"):
    sys.meta_path[:] = map(Without, sys.meta_path)


def pytest_configure(config):
    """What JAX compiles is kept until the end, for the other process and for the same network built anew.

    Imports leave no garbage, and to look for it takes a quarter of their time.
    """
    gc.disable()
    config.pluginmanager.register(Examples())
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="compiled-")
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.02"
        config.add_cleanup(lambda: shutil.rmtree(folder))


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    """Last, since Hypothesis then takes what it is asked for; and not in the process that only hands out the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ or not session.config.getoption("numprocesses", None):
        from tests import forks

        forks.begin()


def pytest_collection_finish():
    """What has been imported stays until the end, so that it need not be looked through again and again; the search for
    garbage after every 700 new objects takes a twentieth of the tests' time, after every 20,000 a thirtieth."""
    gc.freeze()
    gc.set_threshold(100_000, 5, 4)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _any_machine():
    """Warnings that only some CPUs bring are left to the tests of them (tests/test_onednn.py)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_ean.onednn._has_the_fault", lambda: False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _kernels_stay():
    """To set a seed makes TensorFlow forget all that it has made ready to compute, which takes a third of the time of a
    test with a network. Only random operations that keep a state would notice; Keras and the package use none.

    What makes a variable is made ready for each name anew, which takes a twentieth; here, variables have none there.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf
    from tensorflow.python.eager.context import Context
    from tensorflow.python.ops import gen_resource_variable_ops

    def seeded(context, seed):
        context._seed, context._rng = seed, random.Random(seed)

    def nameless(*arguments, debug_name="", **options):
        return handle(*arguments, **options)

    # What is traced is computed once or twice here, and to improve it first takes an eighth of the tests' time.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    handle = gen_resource_variable_ops.var_handle_op
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Context, "_set_global_seed", seeded)
        patch.setattr(gen_resource_variable_ops, "var_handle_op", nameless)
        yield


@pytest.fixture(scope="session", autouse=True)
def _protocols_stay():
    """Before Python 3.12, each `isinstance` gathers anew what a protocol asks for, and TensorFlow asks all the time."""
    with pytest.MonkeyPatch.context() as patch:
        if sys.version_info < (3, 12):
            patch.setattr(typing, "_get_protocol_attrs", functools.cache(typing._get_protocol_attrs))
        yield


@pytest.fixture(scope="session", autouse=True)
def _unsynced():
    from tests import shortcuts

    with shortcuts.unsynced(), shortcuts.garbage_waits():
        yield


@pytest.fixture(autouse=True)
def _seed():
    import keras

    keras.utils.set_random_seed(0)


@pytest.fixture
def in_time(tmp_path):
    """TimeoutError in place of waiting for ever at a pipe of the test's folder, also in code that is not Python's."""

    def over(number, frame):
        raise TimeoutError

    def written():
        for pipe in filter(Path.is_fifo, tmp_path.rglob("*")):
            with suppress(OSError):  # Nobody waits there.
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))

    before, timer = signal.signal(signal.SIGALRM, over), threading.Timer(11, written)
    signal.alarm(10)
    timer.start()
    yield
    timer.cancel()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def eagerly():
    from tests import shortcuts

    with shortcuts.eagerly():
        yield


@pytest.fixture
def timed_briefly():
    from tests import shortcuts

    with shortcuts.timed_briefly():
        yield


@pytest.fixture
def sketched():
    from tests import shortcuts

    with shortcuts.sketched():
        yield


@pytest.fixture
def read_back_here():
    from tests import shortcuts

    with shortcuts.read_back_here():
        yield


@pytest.fixture
def images():
    """32 images of 8×8, one channel, and labels of 10 classes."""
    import numpy as np

    generator = np.random.default_rng(0)
    return generator.normal(size=(32, 8, 8, 1)).astype("float32"), generator.integers(0, 10, 32)


class Examples:
    """Artefacts of the examples in docstrings are read back in the same process; those docstrings are outside of the
    folder of the fixtures above."""

    @pytest.fixture(autouse=True)
    def _read_back_in_examples(self, request):
        from tests import shortcuts

        with shortcuts.read_back_here() if isinstance(request.node, pytest.DoctestItem) else nullcontext():
            yield


TENSORFLOW_EXAMPLES = ("keras_ean.optimize.pruning.", "keras_ean.optimize.clustering.")
"""Docstrings that a marker cannot reach."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One process runs all tests of a file, and all files that share what takes long to make."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return SHARED.get(file, file)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    import keras

    rank = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
    if keras.backend.backend() != "tensorflow":
        items[:] = [
            item
            for item in items
            if not item.get_closest_marker("tensorflow") and not item.name.startswith(TENSORFLOW_EXAMPLES)
        ]
