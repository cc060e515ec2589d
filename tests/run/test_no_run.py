import pytest

from keras_ean.run import Run, RunFolder, load_config
from keras_ean.run.modules import Modules
from keras_ean.run.no_run import no_run


def test_runs_in_folders_of_the_folder_are_named(tmp_path):
    assert "Start one there by: keras-ean run CONFIG" in no_run(tmp_path / "none")
    (tmp_path / "logs").mkdir()
    for module in ("se", "eca"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "config.yaml").touch()
    told = no_run(tmp_path)
    assert f"has these in it: {tmp_path / 'eca'}, {tmp_path / 'se'}. Name one of them." in told


def test_a_run_is_not_begun_beside_those_of_several_modules(tmp_path):
    config = load_config(None)
    for module in ("se", "eca"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "config.yaml").touch()
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
