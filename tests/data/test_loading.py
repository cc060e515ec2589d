import importlib
import sys

import numpy as np
import pytest

from keras_ean import data
from keras_ean.data.source_registry import LOADERS


def test_what_needs_no_download_is_listed():
    assert data.available() == ["cue", "digits", "spacing"]


@pytest.mark.parametrize("path", ["./nowhere", "/nowhere/at/all", "nowhere.npz"])
def test_a_path_that_is_not_there_is_named(path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        data.load(path)


def test_a_source_of_no_known_kind():
    with pytest.raises(TypeError, match="a name, a path, arrays or a tf.data.Dataset, not int"):
        data.load(3)


@pytest.mark.parametrize(("source", "option"), [("digits", "sede"), ((np.zeros((4, 2, 2)), np.arange(4)), "data_dir")])
def test_unknown_options_are_named_with_the_known_ones(source, option):
    with pytest.raises(ValueError, match=f"Unknown option '{option}'.*Known: .*seed"):
        data.load(source, **{option: 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is"),
        ({"size": (3,)}, "size is"),
        ({"resize": 9}, "resize is the shorter side before size is cut"),
        ({"channels": 4}, "channels is 1 or 3"),
        ({"validation": 0.0}, "validation is a share"),
        ({"test": 2.5}, "test is a share"),
    ],
)
def test_options_out_of_range(folder, options, message):
    with pytest.raises(ValueError, match=message):
        data.load(folder({"cat": 5, "dog": 5}), **options)


@pytest.fixture
def sources():
    """What is registered in the test is forgotten after it."""
    known = dict(LOADERS)
    yield LOADERS
    LOADERS.clear()
    LOADERS.update(known)


@pytest.mark.usefixtures("sources")
def test_a_source_in_a_file_of_its_own_is_known_by_one_line(tmp_path, monkeypatch):
    (tmp_path / "csv_source.py").write_text(
        "import numpy as np\n"
        "from keras_ean import data\n"
        "@data.register('CSV', lambda source: str(source).endswith('.csv'))\n"
        "def load_csv(path, side, options=data.Options()):\n"
        "    rows = np.loadtxt(path, delimiter=',')\n"
        "    images = rows[:, 1:].reshape(-1, side, side)\n"
        "    return data.from_arrays((images, rows[:, 0]), options=options, name=str(path))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("csv_source")
    rows = np.random.default_rng(0).normal(size=(40, 5))
    rows[:, 0] = np.arange(40) % 2
    np.savetxt(tmp_path / "set.csv", rows, delimiter=",")
    loaded = data.load(tmp_path / "set.csv", side=2, test=5, normalize=False)
    assert (loaded.shape, len(loaded.test), loaded.train.normalize) == ((2, 2, 1), 10, False)
    with pytest.raises(ValueError, match=r"CSV .*set\.csv: Unknown option 'sied'.*'side'"):
        data.load(str(tmp_path / "set.csv"), sied=2)


@pytest.mark.usefixtures("sources")
def test_a_named_data_set_joins_the_list_and_its_name_is_taken():
    x, y = np.random.default_rng(0).normal(size=(20, 4, 4)), np.arange(20) % 2

    @data.register("noise")
    def load_noise():
        return data.from_arrays((x, y))

    assert data.available() == ["cue", "digits", "noise", "spacing"]
    assert data.load("noise").classes == 2
    with pytest.raises(ValueError, match="'digits' is taken by load_digits"):
        data.register("digits")(load_noise)


def test_folders_and_arrays_need_no_tensorflow_and_tfds_says_so(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    assert data.load(folder({"cat": 6, "dog": 6})).classes == 2
    assert data.load((np.random.default_rng(0).normal(size=(20, 4, 4)), np.arange(20) % 2)).classes == 2
    with pytest.raises(ImportError, match="'cifar10' comes from TFDS, which needs TensorFlow.*pip install"):
        data.load("cifar10")


@pytest.mark.parametrize("source", ["digits", "cue", "spacing", (np.zeros((9, 4, 4, 1)), np.arange(9) % 3)])
def test_a_negative_seed_is_refused_by_its_name(source):
    with pytest.raises(ValueError, match="seed is a whole number from 0 on, not -1"):
        data.prepare(source, seed=-1)
