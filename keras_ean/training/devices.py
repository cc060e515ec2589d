"""The devices that a training is spread over, on one host or on several."""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache

import keras

from keras_ean.backend import MULTI_WORKER, refuse_multi_worker
from keras_ean.data import Batches
from keras_ean.data.batches.divided import DividedBatches

HOSTS = ("KERAS_DISTRIBUTION_JOB_ADDRESSES", "KERAS_DISTRIBUTION_NUM_PROCESSES", "KERAS_DISTRIBUTION_PROCESS_ID")
"""Environment variables of a training on several hosts, as `keras.distribution.initialize` reads them."""


@dataclass(frozen=True)
class Devices:
    """Names the devices that train one model together: each has all weights and takes an equal part of every batch.

    The batch size is that of all devices together, and the scheme of a batch is the same on all of them. BatchNorm
    normalises with the images of one device under TensorFlow's MirroredStrategy, with the whole batch on JAX.

    Args:
        count: The number of devices of all processes together.
        process: The index of this process; process 0 writes the results.
        processes: The number of processes, one on each host.
        scope: A function that makes the context in which a model is built, compiled and fitted.

    Example:
        >>> with ONE.scope():
        ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> ONE.several, ONE.first
        (False, True)
    """

    count: int = 1
    process: int = 0
    processes: int = 1
    scope: Callable[[], AbstractContextManager] = nullcontext

    @property
    def several(self) -> bool:
        """Says whether there is more than one device."""
        return self.count > 1

    @property
    def first(self) -> bool:
        """Says whether this process is the first one, which writes the results."""
        return self.process == 0

    def refuse_hosts(self, what: str) -> None:
        """Refuses work that runs on one host only, where several hosts train together.

        Args:
            what: The work, as the message names it.

        Raises:
            ValueError: Several hosts train together.
        """
        if self.processes > 1:
            raise ValueError(
                f"Several hosts train, with keras-ean pretrain and train, but {what} runs on one: unset the variables "
                f"{', '.join(HOSTS)} and call keras-ean for it on one host."
            )

    def batches(self, batches: Batches) -> Batches | DividedBatches:
        """Gives the batches as this process hands them to `fit`: with several devices, divided evenly over them.

        Args:
            batches: The batches of all devices together.

        Raises:
            ValueError: A batch does not divide evenly over the devices.
        """
        return DividedBatches(batches, self.count, self.process, self.processes) if self.several else batches


ONE = Devices()
"""The device that the backend takes by itself."""


def choose_devices(request: int | str | None = None) -> Devices:
    """Gives the devices that a training is to use.

    Several hosts train together, with all of their devices, where the environment variables are set that
    `keras.distribution.initialize` reads. Call it before anything is computed, since JAX meets the other hosts here.

    Args:
        request: The number of devices, "all" for all that there are, or None for one (with several hosts: all).

    Raises:
        ValueError: `request` is neither a number from 1 on nor "all"; there are fewer devices; several are asked for on
            PyTorch; several hosts are to train on another backend than JAX; or some of their variables are missing.
    """
    number = _number(request)
    backend = keras.backend.backend()
    given = [name for name in HOSTS if name in os.environ]
    refuse_multi_worker()
    if backend == "tensorflow" and _tasks() > 1:
        raise ValueError(f"{MULTI_WORKER}, but TF_CONFIG names {_tasks()} tasks; unset it, or set KERAS_BACKEND=jax.")
    if given and backend != "jax":
        raise ValueError(f"Several hosts train on JAX only, not on {backend}; set KERAS_BACKEND=jax, or unset {given}.")
    if given:
        return _hosts(request, number, given)
    if number == 1:
        return ONE
    if backend == "torch":
        raise ValueError(f"Several devices train on TensorFlow and JAX, not on PyTorch; got devices={request!r}.")
    names = _names()
    count = len(names) if number is None else number
    if count > len(names):
        raise ValueError(
            f"There are no {count} devices here: {backend} sees {len(names)} ({', '.join(names)}). "
            f"Ask for at most {len(names)}, or for 'all'."
        )
    return Devices(count, scope=_scope(names[:count])) if count > 1 else ONE


def _number(request: int | str | None) -> int | None:
    """None stands for all."""
    if request == "all":
        return None
    text = "1" if request is None else str(request)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"devices is a number from 1 on, or 'all', not {request!r}.")
    return int(text)


def _tasks() -> int:
    """The number of tasks in the cluster of TF_CONFIG."""
    cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
    return sum(map(len, cluster.values()))


def _names() -> tuple[str, ...]:
    """The names of this host's devices: its accelerators, or else its CPU devices."""
    if keras.backend.backend() == "jax":
        return tuple(keras.distribution.list_devices())
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tuple(device.name.removeprefix("/device:") for device in found)


@cache
def _scope(names: tuple[str, ...]) -> Callable[[], AbstractContextManager]:
    """The scope of one strategy for all calls: two in a process would give their collective operations the same
    numbers."""
    if keras.backend.backend() == "jax":
        return keras.distribution.DataParallel(devices=list(names), auto_shard_dataset=False).scope
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(list(names)).scope


def _hosts(request: int | str | None, number: int | None, given: list[str]) -> Devices:
    missing = [name for name in HOSTS if name not in given]
    if missing:
        raise ValueError(f"A training on several hosts needs the variables {', '.join(HOSTS)}: set {missing}, too.")
    import jax

    if not jax.distributed.is_initialized():
        keras.distribution.initialize()
    names = _names()
    if request is not None and number not in (None, len(names)):
        raise ValueError(f"Several hosts train with all of their {len(names)} devices, not {number}; ask for 'all'.")
    return Devices(len(names), jax.process_index(), jax.process_count(), _scope(names))
