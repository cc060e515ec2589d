"""The documentation's site, built by `make docs` with Sphinx from the Markdown pages and the package itself."""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import keras_ean  # noqa: E402

project, author, copyright = "keras_ean", "The keras_ean developers", "the keras_ean developers"
version = release = keras_ean.__version__
extensions = ["myst_nb", "reference_pages", "result_pages", "tutorial_pages"]
html_theme, html_title = "furo", f"keras_ean {version}"
myst_enable_extensions, myst_heading_anchors = ["colon_fence", "deflist"], 3
exclude_patterns = ["_build", "jupyter_execute"]
# The tutorials are executed, each in a folder of its own; a page whose code fails is an error.
nb_execution_in_temp, nb_execution_raise_on_error, nb_execution_timeout = True, True, 300
nb_output_stderr = "remove"
