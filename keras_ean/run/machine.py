"""The machine that a run began on, as far as it decides how long things take."""

import os
import platform


def machine() -> str:
    """Says in a few words what machine this is, without its name.

    Example:
        >>> "cores" in machine()
        True
    """
    from keras_ean import backend  # Here, since it imports Keras, which what reads a finished run goes without.

    kind = platform.processor() or platform.machine()
    accelerator = "with an accelerator" if backend.accelerated() else "no accelerator"
    return f"{platform.system()}, {kind}, {os.cpu_count()} cores, {accelerator}"
