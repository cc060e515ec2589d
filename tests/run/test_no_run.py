import pytest

from keras_ean.run import Run, RunFolder, load_config
from keras_ean.run.modules import Modules
from keras_ean.run.no_run import no_run


def runs_of_modules(folder):
    """Two, beside the folder of another program that has a configuration, too."""
    for place in ("se/config.yaml", "se/versions.json", "eca/config.yaml", "eca/versions.json", "conf/config.yaml"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).touch()


def test_runs_in_folders_of_the_folder_are_named(tmp_path):
    assert "Start one there by: keras-ean run CONFIG" in no_run(tmp_path / "none")
    runs_of_modules(tmp_path)
    told = no_run(tmp_path)
    assert f"has these in it: {tmp_path / 'eca'}, {tmp_path / 'se'}. Name one of them." in told


def test_a_run_is_not_begun_beside_those_of_several_modules(tmp_path):
    config = load_config(None)
    runs_of_modules(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=f"has runs in it: {tmp_path / 'eca'}, {tmp_path / 'se'}. Go on with one of"):
        Run(tmp_path, config)
    assert sorted(tmp_path.rglob("*")) == before
    RunFolder(tmp_path).open(config)  # As an earlier version did; it goes on.
    assert Run(tmp_path, config).config == config


def test_runs_of_several_modules_are_not_begun_in_the_folder_of_a_run(tmp_path):
    (tmp_path / "config.yaml").touch()
    assert Modules(tmp_path, {"se": str}).runs == {"se": str(tmp_path)}
    with pytest.raises(ValueError, match=f"{tmp_path} holds one run, and those of se and eca are not begun in it"):
        Modules(tmp_path, {"se": str, "eca": str}).runs  # noqa: B018
