"""Processes that this one starts, and that do not outlive it, however it ends."""

import os

WATCH = """\
import os, threading, time
def watch():
    while os.getppid() == {parent}:
        time.sleep({seconds})
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
"""
SECONDS = 0.5
"""Between two looks at the parent: a process whose parent was killed has another one."""

RUN = """\
import runpy, sys
sys.argv = sys.argv[1:]
if sys.argv[0] == "-m":
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Code for `python -c` that does what Python itself does with a script, or with `-m` and a module."""


def watched(code: str = RUN) -> str:
    """Python code for `python -c` in a child of this process, which ends soon after this process has."""
    return WATCH.format(parent=os.getpid(), seconds=SECONDS) + code
