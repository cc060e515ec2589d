"""What TensorFlow's C++ writes when it is loaded, which no setting of loggers holds back, and how to do without it."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

GREETING = re.compile(
    r"WARNING: All log messages before absl|To enable the following instructions|[IWE]\d{4} \d|"
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
)
"""Beginnings of what C++ logs while TensorFlow is loaded: the machine's instructions, GPUs that are not there."""


@contextmanager
def without_greeting() -> Iterator[None]:
    """Holds back what is written to the standard error, also by other than Python, and then lets through what is no
    `GREETING`; all of it if the block fails."""
    sys.stderr.flush()
    kept, left_out = os.dup(2), GREETING
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            left_out = re.compile("(?!)")  # Nothing: any of it may tell why.
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            sys.stderr.writelines(line for line in said if not left_out.match(line))
