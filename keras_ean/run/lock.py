"""One process at a time writes to a run's folder."""

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keras_ean import files

FILE = ".lock"
_own: dict[Path, int] = {}
"""Locks of this process, by folder: how many blocks are in them."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the folder's lock during the block, for this process and all blocks within.

    The operating system takes the lock back when its process ends, however it does, so that none is ever stale; the
    file only says whose it is. Whoever comes by the lock first removes what a killed process was just writing. Chief
    and workers of a search leave the lock to the process that started them: their store knows who writes.

    Raises:
        BlockingIOError: Another process holds it; the message names it.
        FileExistsError: There is something else than a file in its place.
    """
    folder = folder.resolve()
    if "KERASTUNER_ORACLE_IP" in os.environ or folder in _own:
        _own[folder] = _own.get(folder, 0) + 1
        try:
            yield
        finally:
            _own[folder] -= 1
            if not _own[folder]:
                del _own[folder]
        return
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / FILE).exists() and not (folder / FILE).is_file():
        raise FileExistsError(f"{folder / FILE} {files.NO_FILE}, and a run needs its place: remove it, or rename it.")
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(descriptor, folder)
        _own[folder] = 1
        files.sweep(folder)
        yield
    finally:
        _own.pop(folder, None)
        os.close(descriptor)


def check_free(folder: Path) -> None:
    """Touches nothing, and waits for nothing: whether `held` would do.

    Raises:
        BlockingIOError: Another process holds the folder's lock; the message names it.
    """
    file = folder.resolve() / FILE
    if "KERASTUNER_ORACLE_IP" in os.environ or file.parent in _own or not file.is_file():
        return
    with suppress(PermissionError), file.open("rb") as lock:
        _lock(lock.fileno(), file.parent)


def _take(descriptor: int, folder: Path) -> None:
    if not _lock(descriptor, folder):
        return
    owner = {"user": _user(), "host": socket.gethostname(), "pid": os.getpid(), "since": time.strftime("%F %T")}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _lock(descriptor: int, folder: Path) -> bool:
    """Locks an open file until it is closed; False on a file system without locks: whoever runs two processes on a
    folder there has to know."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BlockingIOError(
            f"{folder} is being written to by {_owner(descriptor)}. Wait for it or stop it, or choose another --out."
        ) from None
    except OSError:
        return False
    return True


def _owner(descriptor: int) -> str:
    with suppress(ValueError, LookupError):
        owner = json.loads(os.pread(descriptor, 1000, 0))
        return f"process {owner['pid']} of {owner['user']} on {owner['host']}, since {owner['since']}"
    return "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A container's user need not have a name.
        return str(os.getuid())
