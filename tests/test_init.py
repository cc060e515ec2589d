import subprocess
import sys

import keras_ean as ean


def test_every_public_name_is_there():
    for name in ean.__all__:
        assert getattr(ean, name) is not None


def test_import_is_all_that_loading_needs(tmp_path):
    supernet = ean.build_supernet("resnet8", "se", (8, 8, 1), 10)
    files = {"network": supernet.extract("1 0 1"), "supernet": supernet}
    for name, model in files.items():
        model.save(tmp_path / f"{name}.keras")
    code = "import keras_ean, keras, sys; [keras.models.load_model(file) for file in sys.argv[1:]]"
    command = [sys.executable, "-c", code, *(tmp_path / f"{name}.keras" for name in files)]
    subprocess.run(command, check=True, timeout=600)
