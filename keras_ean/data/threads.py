"""The threads that decode and resize."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache


@cache
def threads() -> ThreadPoolExecutor:
    """One pool for the process; Pillow works outside Python's lock."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="images")
