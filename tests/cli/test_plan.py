"""plan and init, and how run and pretrain come by a configuration."""

from pathlib import Path

import pytest
import typer
import yaml

from keras_ean.cli import opening
from keras_ean.cli import plan as commands
from keras_ean.cli.run import pretrain
from keras_ean.cli.stopping import Stopped, in_pieces
from keras_ean.run import Run, RunFolder, load_config
from tests.run.photos import write_photos


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_photos(tmp_path / "photos")


def test_init_writes_what_it_has_chosen_and_the_file_runs_as_the_folder_does(photos, tmp_path, capsys):
    commands.init("photos", timing=False)
    said = capsys.readouterr().out
    assert "images     " in said
    assert "train 44, validation 4, test 12" in said
    assert said.endswith("Written: photos.yaml. Change what you like in it, then: keras-ean run photos.yaml\n")
    text = (tmp_path / "photos.yaml").read_text()
    assert yaml.safe_load(text)["data"] == {"name": "./photos"}
    assert "\ntolerance: 0.5\n" in text
    assert "# small and quick, for images of up to 96 pixels; these have 32\nbackbone: {name: resnet20}\n" in text
    file, folder = load_config("photos.yaml"), load_config("photos")
    assert file == folder.model_copy(update={"seeds": 3})
    with pytest.raises(FileExistsError, match="photos.yaml is there already; choose another name with --out"):
        commands.init("photos", timing=False)
    with pytest.raises(FileNotFoundError, match="There is no folder '.*fotos'; give one of images"):
        commands.init("fotos", timing=False)


def test_plan_begins_nothing(photos, tmp_path, capsys):
    commands.plan(Path("photos"), None, ["seeds=2"], None, None, timing=False)
    said = capsys.readouterr().out
    assert "chosen: backbone: resnet20" in said
    assert "2 trainings each" in said
    assert "4 validation images tell two schemes in the search apart from about 31.0 points on" in said
    assert {path.name for path in tmp_path.iterdir()} == {"photos"}


def test_a_budget_is_said_and_kept(photos, capsys):
    folder, config = opening.choose(Path("photos"), None, None, None, 2.0)
    assert "for the budget of 2: " in capsys.readouterr().out
    assert str(folder) == "runs/photos"
    assert Run(folder, config).plan(timed=False).trainings * config.pretrain.epochs / 100 <= 2.0
    with pytest.raises(
        ValueError, match="runs/photos holds a run that has begun, and a budget is for a new one: leave out --budget"
    ):
        opening.choose(None, folder, None, None, 2.0)


def test_the_folder_of_a_run_is_named_after_its_configuration(photos, tmp_path):
    (tmp_path / "mine.yaml").write_text("data: digits\n")
    for source, name in (("mine.yaml", "mine"), ("photos", "photos"), ("digits", "digits")):
        assert str(opening.choose(Path(source), None, ())[0]) == f"runs/{name}"
    assert str(opening.choose(None, None, ())[0]) == "runs/digits"
    assert str(opening.choose(None, None, ["data.name=photos"])[0]) == "runs/photos"


def test_a_mistyped_folder_starts_no_demo(photos, tmp_path):
    with pytest.raises(FileNotFoundError, match="runs/mien holds no run. Start one there by: keras-ean run CONFIG"):
        pretrain(None, tmp_path / "runs" / "mien")
    assert not (tmp_path / "runs").exists()
    folder = RunFolder(tmp_path / "mine")
    folder.open(load_config("photos"))
    assert opening.choose(None, folder.path, None) == (folder.path, load_config("photos"))
    assert opening.choose(None, folder.path, ["seed=3"])[1] == load_config("photos", ["seed=3"])


def test_a_stopped_command_says_what_is_kept_and_how_to_go_on(photos, tmp_path, capsys):
    folder = RunFolder(tmp_path / "run")
    for expected in ("nothing was begun", f"{folder.path} keeps nothing but its configuration yet"):
        with pytest.raises(typer.Exit) as ended, in_pieces(folder.path, "keras-ean run --out run"):
            raise Stopped(15)
        assert ended.value.exit_code == 143
        assert capsys.readouterr().out == f"Stopped; {expected}. To go on: keras-ean run --out run\n"
        folder.open(load_config("photos"))
    folder.write(folder.supernet_file, "")
    folder.write_json(folder.network("plain", 0) / "metrics.json", {})
    checkpoint = folder.checkpoints("plain-1") / "epoch-000002.npz"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.touch()
    with pytest.raises(typer.Exit), in_pieces(folder.path, "again"):
        raise Stopped(2)
    kept = "the supernet and 1 of 12 networks, 2 of 5 epochs of plain-1"
    assert capsys.readouterr().out == f"Stopped; {folder.path} keeps {kept}. To go on: again\n"
