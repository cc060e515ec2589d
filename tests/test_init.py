import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import keras_ean as ean


def test_every_public_name_is_there():
    for name in ean.__all__:
        assert getattr(ean, name) is not None


def test_import_is_all_that_loading_needs(tmp_path):
    supernet = ean.build_supernet("resnet8", "se", (8, 8, 1), 10)
    files = {"network": supernet.extract("1 0 1"), "supernet": supernet}
    for name, model in files.items():
        model.save(tmp_path / f"{name}.keras")
    code = """
import re, sys
import keras
files, names = sys.argv[1:3], sys.argv[3:]
for file in files:  # Keras looks for no class outside its own packages, but says in which package one was.
    try:
        keras.models.load_model(file)
    except (TypeError, ValueError) as error:
        print(re.search("Could not locate class.*?Full object config: {'module': '(.*?)[.]", str(error)).groups())
import keras_ean
print([name for name in names if keras.saving.get_registered_object(f"keras_ean>{name}") is None])
for file in files:
    keras.models.load_model(file)
"""
    command = [sys.executable, "-c", code, *(tmp_path / f"{name}.keras" for name in files), *serialisable()]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    assert result.stdout.splitlines() == ["('keras_ean',)", "('keras_ean',)", "[]"]


def serialisable():
    """The names of the classes that models may have in their configurations."""
    root = Path(ean.__file__).parent
    folders = ("attention", "backbones", "data", "graph", "optimize", "plugging", "recipes", "supernet")
    texts = [path.read_text("utf-8") for folder in folders for path in (root / folder).rglob("*.py")]
    return [name for text in texts for name in re.findall(r"@keras\.saving\.register\S+\nclass (\w+)", text)]


def test_it_is_so_whatever_the_process_is_called(tmp_path):
    ean.build_network("resnet8", "se", "1 0 1", (8, 8, 1), 10).save(tmp_path / "network.keras")
    code = (
        "import sys; sys.argv = ['keras-ean']; import keras_ean, keras; "
        "from keras.saving import get_registered_object; assert get_registered_object('keras_ean>Supernet'); "
        f"print(keras.models.load_model({str(tmp_path / 'network.keras')!r}).count_params())"
    )
    command, environment = [sys.executable, "-c", code], {**os.environ, "KERAS_BACKEND": "jax"}  # Imported soonest.
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, env=environment)
    assert int(result.stdout) > 0


HIDDEN = """
import sys

class Hidden:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden)
try:
    import keras_ean
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("hidden", "what"),
    [(["tensorflow", "jax", "torch"], "the backend .* is not installed"), (["keras"], "Keras 3 is not installed")],
)
def test_without_a_backend_one_line_says_what_to_install(hidden, what):
    command = [sys.executable, "-c", HIDDEN, *hidden]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    [line] = result.stdout.splitlines()
    assert re.search(f"{what}.*pip install.*tensorflow.*jax.*torch.*KERAS_BACKEND", line)
