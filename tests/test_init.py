import subprocess
import sys

import pytest

import keras_ean as ean


def test_every_public_name_is_there():
    for name in ean.__all__:
        assert getattr(ean, name) is not None


@pytest.mark.parametrize("kind", ["supernet", "network"])
def test_import_is_all_that_loading_needs(kind, tmp_path):
    supernet = ean.build_supernet("resnet8", "se", (8, 8, 1), 10)
    model = supernet if kind == "supernet" else supernet.extract("1 0 1")
    model.save(tmp_path / "model.keras")
    code = f"import keras_ean, keras; keras.models.load_model({str(tmp_path / 'model.keras')!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
