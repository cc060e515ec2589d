import json

import pytest

from keras_ean import Scheme
from keras_ean.run import load_config
from keras_ean.run.folder import FORMAT, RunFolder, read_json
from keras_ean.run.standing import standing


def test_a_run_is_continued_with_its_own_configuration_only(tmp_path):
    folder, config = RunFolder(tmp_path / "run"), load_config()
    folder.open(config)
    folder.open(config)
    assert RunFolder(tmp_path / "run").config() == config
    assert read_json(tmp_path / "run" / "versions.json")["keras"]
    (tmp_path / "run" / "checkpoints" / "pretrain").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"pretrain\.epochs: 24 there, 9 asked for\n  seed: 0 there, 5 asked for"):
        folder.open(load_config(None, ["seed=5", "pretrain.epochs=9"]))


def test_a_failed_start_is_no_run_yet_and_leaves_nothing_of_its_images(tmp_path):
    folder, other = RunFolder(tmp_path / "run"), load_config(None, ["attention.reduction=2"])
    folder.open(load_config(None, ["attention.reduction=3"]))
    folder.write_json(folder.path / "images.json", {"shape": [8, 8, 1]})
    folder.write(folder.path / "data.txt", "one image is broken")
    folder.open(other)
    assert folder.config() == other
    assert {path.name for path in folder.path.iterdir()} == {"config.yaml", "versions.json", "manifest.json", ".lock"}


def test_a_folder_of_a_later_version_is_refused_in_one_sentence(tmp_path):
    folder = RunFolder(tmp_path)
    folder.open(load_config())
    assert read_json(folder.versions_file)["format"] == FORMAT
    folder.write_json(folder.versions_file, {**read_json(folder.versions_file), "format": FORMAT + 1})
    message = f"holds a run of format {FORMAT + 1}, which a later version .* knows formats up to {FORMAT}. Upgrade"
    for use in (folder.config, lambda: folder.open(load_config())):
        with pytest.raises(ValueError, match=message):
            use()


def test_scheme_round_trip_with_facts(tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(FileNotFoundError, match="has no scheme yet"):
        folder.scheme()
    folder.write_scheme(Scheme("10 011"), accuracy=0.5)
    assert folder.scheme() == Scheme("10 011")
    assert json.loads(folder.scheme_file.read_text()) == {"scheme": "10 011", "codes": [2, 3], "accuracy": 0.5}


def test_what_is_damaged_is_not_said_to_be_kept(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config(None, ["seeds=1", "compare=[]"]))
    for place in (folder.supernet_file, folder.scheme_file, folder.network("plain", 0) / "metrics.json"):
        folder.write_json(place, {"scheme": "10"})
    (folder.network("plain", 0) / "model.keras").write_text("a network")
    folder.enter(folder.network("plain", 0))
    whole = f"{folder.path} keeps the supernet and the search and 1 of 4 networks"
    assert standing(folder.path) == whole
    folder.supernet_file.write_text("half")
    (folder.network("plain", 0) / "model.keras").write_text("half")
    assert standing(folder.path) == f"{folder.path} keeps the search"
    folder.scheme_file.unlink()
    assert standing(folder.path) == f"{folder.path} keeps nothing but its configuration yet"


def test_a_failed_write_leaves_the_old_file(tmp_path):
    folder = RunFolder(tmp_path)
    path = tmp_path / "x" / "figures.json"
    folder.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        folder.write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert list(path.parent.iterdir()) == [path]


def test_models_are_saved_whole(tmp_path):
    class Failing:
        def save(self, path):
            path.write_text("half")
            raise OSError("disk full")

    folder = RunFolder(tmp_path)
    with pytest.raises(OSError, match="disk full"):
        folder.save(Failing(), folder.supernet_file)
    assert not folder.supernet_file.exists()


def test_folders_without_a_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        RunFolder(tmp_path).config()
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file"):
        RunFolder(tmp_path / "file")


def test_a_configuration_that_is_none_is_refused_in_one_line(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    for text in ("", "[", "- 1"):
        folder.config_file.write_text(text)
        with pytest.raises(ValueError, match="config|YAML|expected") as told:
            folder.config()
        assert len(str(told.value).splitlines()) == 1
