import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_ean import build_supernet
from keras_ean.cli.run import pretrain, run, train
from keras_ean.data import Split
from keras_ean.data.batches.divided import DividedBatches
from keras_ean.run import Run, load_config, trainer
from keras_ean.search.host.launch import free_port
from keras_ean.training import TimeLimit
from keras_ean.training.devices import HOSTS, ONE, Devices, choose_devices
from tests import forks
from tests.small_backbone import Small, known_by_name
from tests.training.devices_worker import OVERRIDES

BACKEND = keras.backend.backend()


@pytest.fixture(scope="module", autouse=True)
def _small_backbone():
    with known_by_name():
        yield


def start(folder, **options):
    return Run(folder, load_config(None, OVERRIDES), Console(quiet=True), **options)


@pytest.fixture(scope="module")
def one_device(tmp_path_factory):
    """Weights of a supernet that was trained on one device."""
    return start(tmp_path_factory.mktemp("one")).pretrain().get_weights()


def outputs(folder, devices, *environments):
    """Last lines printed by the workers, one for each environment, that train together."""
    command = ["-m", "tests.training.devices_worker", folder, *devices]
    with ThreadPoolExecutor() as together:
        environments = [{**os.environ, **variables} for variables in environments]
        said = [*together.map(lambda environment: forks.run(*command, environment=environment), environments)]
    for done in said:
        assert done.returncode == 0, done.stderr
    return [done.stdout.splitlines()[-1] for done in said]


def assert_trained_as(weights, folder):
    supernet = keras.models.load_model(folder / "supernet.keras")
    for expected, found in zip(weights, supernet.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=3e-6)


@pytest.mark.backends
def test_two_devices_train_as_one_also_with_another_number_in_between(one_device, tmp_path):
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2"
    [last] = outputs(tmp_path, ("2", "1", "2"), {"XLA_FLAGS": flags})
    assert_trained_as(one_device, tmp_path)
    if BACKEND == "tensorflow":
        assert float(last) < 3e-6


if BACKEND == "jax":

    @pytest.mark.backends
    def test_two_processes_train_as_one(one_device, tmp_path):
        values = f"127.0.0.1:{free_port()}", "2"
        hosts = dict(zip(HOSTS, values))
        outputs(tmp_path, ("all",), *({**hosts, HOSTS[2]: str(index)} for index in range(2)))
        assert_trained_as(one_device, tmp_path)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("0", "a number from 1 on, or 'all', not '0'"),
        ("-2", "not '-2'"),
        ("both", "not 'both'"),
        (99, f"no 99 devices here: {BACKEND} sees 1 .*Ask for at most 1, or for 'all'"),
    ],
)
def test_devices_that_cannot_be_had_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        choose_devices(asked)


def test_one_device_needs_no_scope():
    assert choose_devices() is choose_devices(1) is choose_devices("1") is choose_devices("all") is ONE


def test_several_devices_are_not_for_pytorch(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="not on PyTorch; got devices='2'"):
        choose_devices("2")


def test_several_hosts_need_all_variables_and_jax(monkeypatch):
    monkeypatch.setenv(HOSTS[0], "127.0.0.1:1")
    message = f"set ..{HOSTS[1]}., .{HOSTS[2]}.., too" if BACKEND == "jax" else "Several hosts train on JAX only"
    with pytest.raises(ValueError, match=message):
        choose_devices("all")


@pytest.mark.tensorflow
def test_multi_worker_mirrored_strategy_is_refused_by_name(monkeypatch):
    import tensorflow as tf

    supernet = build_supernet(Small((1,)), "se", (8, 8, 1), classes=2)
    with monkeypatch.context() as patch:
        patch.setenv("TF_CONFIG", '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}}')
        with pytest.raises(ValueError, match="MultiWorkerMirroredStrategy.* TF_CONFIG names 2 tasks"):
            choose_devices()
    strategy = object.__new__(tf.distribute.MultiWorkerMirroredStrategy)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: strategy)
    for work in (choose_devices, lambda: supernet.compile("sgd")):
        with pytest.raises(ValueError, match="MultiWorkerMirroredStrategy.*; leave its scope"):
            work()


@pytest.mark.parametrize("command", [run, pretrain, train])
def test_commands_say_at_once_that_there_are_too_few_devices(command, tmp_path):
    begun = {"source": Path("digits"), "out": tmp_path / "run", "overrides": OVERRIDES}
    folder = {"folder": tmp_path} if command is train else begun
    with pytest.raises(ValueError, match="no 99 devices"):
        command(**folder, devices="99")
    assert not list(tmp_path.iterdir())


def test_processes_beside_the_first_train_but_write_nothing(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(trainer, "fit", lambda model, batches, *_, keep, **__: given.append((keep, batches[0])))
    run = start(tmp_path, devices=Devices(4, process=1, processes=2))
    run.pretrain()
    [(keep, (images, labels))] = given
    assert not keep
    assert len(images) == len(labels) == 8
    assert not list(tmp_path.iterdir())
    for work in (run, run.search):
        with pytest.raises(ValueError, match=f"runs on one: unset the variables {HOSTS[0]}"):
            work()
    with pytest.raises(ValueError, match="leave out --minutes"):
        start(tmp_path, devices=run.context.devices, limit=TimeLimit(1))


@pytest.mark.parametrize(("size", "count"), [(6, 4), (20, 20)])
def test_batches_that_do_not_divide_are_refused(size, count):
    split = Split(np.zeros((12, 2, 2, 1), "uint8"), np.arange(12))
    with pytest.raises(ValueError, match="is no multiple of 4" if size == 6 else "12 images are too few for 20"):
        DividedBatches(split.batches(size), count)
