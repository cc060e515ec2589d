import subprocess
import sys

import pytest
import yaml

from keras_ean.run import RunFolder, load_config, networks, parse_config
from keras_ean.run.checks import check_names
from keras_ean.run.config_file import example
from tests.run.photos import write_photos

MINIMAL = {
    "data": "digits",
    "backbone": "resnet20",
    "attention": {"name": "se", "reduction": 4},
    "pretrain": {"recipe": "digits-short"},
    "train": {"recipe": "digits-short", "epochs": 2, "rate": 1},
}


def test_the_example_is_valid_and_survives_a_round_trip():
    loaded = load_config()
    assert loaded.data.options["light"] is True
    assert parse_config(yaml.safe_load(loaded.yaml()), "again") == loaded


def test_names_stand_for_themselves_and_options_are_kept():
    parsed = parse_config(MINIMAL, "here")
    assert (parsed.backbone.name, parsed.backbone.options) == ("resnet20", {})
    assert parsed.attention.options == {"reduction": 4}
    assert parsed.compared == networks.USUAL == ("plain", "shared", "random", "found")
    assert parsed.repeats == 3
    assert parsed.model_copy(update={"start": "scratch"}).repeats == 1
    assert (parsed.train.epochs, parsed.train.batch_size, parsed.train.rate) == (2, None, 1.0)


def test_overrides_reach_every_depth():
    loaded = load_config(None, ["seed=3", "backbone.width=4", "search.options.max_steps=7", "compare=[plain]"])
    assert loaded.seed == 3
    assert loaded.backbone.options == {"width": 4}
    assert loaded.search.options["max_steps"] == 7
    assert loaded.compare == ("plain",)
    assert loaded.compared == networks.USUAL


def test_an_override_gives_a_bare_name_options(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(MINIMAL))
    assert load_config(path, ["backbone.width=8"]).backbone.options == {"width": 8}


def test_all_faults_are_named_at_once():
    faulty = {**MINIMAL, "sead": 1, "seeds": "2", "compare": ["plan"], "search": {"oracel": "x"}, "train": {}}
    with pytest.raises(ValueError, match="has faults") as raised:
        parse_config(faulty, "mine.yaml")
    message = str(raised.value)
    assert message.startswith("mine.yaml: ")
    for fault in (
        "sead: Unknown key 'sead'. Did you mean 'seed'",
        "search.oracel: Unknown key 'oracel'. Did you mean 'oracle'",
        "seeds: Input should be a valid integer, not '2'",
        "compare.0: Unknown network 'plan'. Did you mean 'plain'",
        "train.recipe: is missing",
    ):
        assert fault in message


def test_a_limit_of_the_latency_is_one_of_the_search_as_well():
    model = {"data": "digits", "attention": "se", "model": {"name": "a.keras"}, "max_latency": "+5 %"}
    reward = parse_config(model, "here").search.reward
    assert (reward.sparsity_weight, reward.costs["latency"].limit) == (0.0, "+5 %")
    assert parse_config({**MINIMAL, "max_latency": "+5 %"}, "here").search.reward.sparsity_weight == 0.02
    own = {"reward": {"sparsity_weight": 0.1, "costs": {"latency": {"limit": 3.0}}}}
    reward = parse_config({**model, "search": own}, "here").search.reward
    assert (reward.sparsity_weight, reward.costs["latency"].limit) == (0.1, 3.0)
    with pytest.raises(ValueError, match="'5%'") as raised:
        parse_config({**model, "max_latency": "5%"}, "here")
    assert str(raised.value).count("'5%'") == 1


def test_unknown_names_are_told_with_everything_else(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "data: {name: ./photoz}\nbackbone: resnet21\nattention: {name: see, reduktion: 4, widht: 3}\n"
        "pretrain: {recipe: digits-shortt, epochs: two}\nsearch: {oracle: greedyy, calibrate: x}\nexport: [onx]\n"
    )
    with pytest.raises(ValueError, match="has faults") as raised:
        load_config(file)
    lines = str(raised.value).splitlines()[1:]
    assert [line.strip().partition(": ")[0] for line in lines] == [
        "pretrain.epochs",
        "search.calibrate",
        "data",
        "backbone",
        "attention",
        "pretrain.recipe",
        "search",
        "export",
    ]
    assert f"There is no folder or file {tmp_path / 'photoz'}" in str(raised.value)
    file.write_text("data: photoz/all\nsead: 1\n")
    with pytest.raises(ValueError, match="has faults") as raised:
        load_config(file)
    assert [line.strip().partition(": ")[0] for line in str(raised.value).splitlines()[1:]] == ["data", "sead"]


def test_every_unknown_option_of_a_section_is_told():
    with pytest.raises(ValueError, match="'widht'. Did you mean 'width'.* Unknown option 'dept'.* Known: ") as raised:
        check_names(load_config(None, ["backbone.widht=4", "backbone.dept=3"]))
    assert str(raised.value).count("Known") == 1


def test_a_recipe_stands_for_a_section_as_a_name_does(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({**MINIMAL, "pretrain": "cifar-one-cycle"}))
    assert load_config(path).pretrain.recipe == "cifar-one-cycle"
    loaded = load_config(path, ["pretrain.epochs=3"])
    assert (loaded.pretrain.recipe, loaded.pretrain.epochs) == ("cifar-one-cycle", 3)


@pytest.mark.parametrize("rate", ["1e-4", "1E-4", "1.e-4", "0.0001"])
def test_numbers_are_read_as_people_write_them(tmp_path, rate):
    path = tmp_path / "c.yaml"
    training = f"{{recipe: digits-short, rate: {rate}}}"
    path.write_text(f"data: digits\nbackbone: resnet8\nattention: se\npretrain: {training}\n")
    assert load_config(path).pretrain.rate == 1e-4
    assert load_config(path, [f"tune.rate={rate}"]).tune.rate == 1e-4


def test_another_name_leaves_the_former_ones_options_behind(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "data: {name: digits, light: true}\nbackbone: resnet8\nattention: {name: se, reduction: 4}\n"
        "pretrain: digits-short\n"
    )
    assert load_config(path, ["data.seed=3", "data.name=cue"]).data.options == {"seed": 3}
    assert load_config(path, ["attention.name=eca"]).attention.options == {}
    assert load_config(path, ["data.name=digits"]).data.options == {"light": True}


def test_other_data_than_the_examples_leave_the_whole_example_behind(tmp_path):
    config = load_config(None, ["data.name=cue", "data.train=600", "seed=5"])
    assert config.data.options == {"train": 600}
    assert (config.backbone.options, config.pretrain.recipe, config.seed) == ({}, "digits-one-cycle", 5)
    assert config.search.oracle == "surrogate"


def test_paths_of_data_are_relative_to_the_file_that_names_them(tmp_path, monkeypatch):
    write_photos(tmp_path / "sets" / "photos", each=3)
    path = tmp_path / "sets" / "c.yaml"
    path.write_text(yaml.safe_dump({**MINIMAL, "data": "photos"}))
    monkeypatch.chdir(tmp_path)
    photos = str(tmp_path / "sets" / "photos")
    assert load_config(path).data.name == load_config("sets/c.yaml").data.name == photos
    assert load_config(None, ["data.name=sets/photos"]).data.name == photos
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config(path))
    monkeypatch.chdir("/")
    assert folder.config().data.name == photos


def test_a_run_is_no_configuration(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.open(load_config())
    with pytest.raises(ValueError, match=f"holds a run; go on with it by: keras-ean run --out {tmp_path / 'run'}"):
        load_config(tmp_path / "run")


def test_what_is_wrong_with_the_file_is_told_without_keras(tmp_path):
    (tmp_path / "c.yaml").write_text("[1, 2")
    code = """
import sys
sys.argv = ["keras-ean", "run", sys.argv[1]]
from keras_ean_cli import main
try:
    main()
finally:
    print("HEAVY", {"keras", "tensorflow", "jax"} & set(sys.modules))
"""
    for name, message in (("c.yaml", "is not a YAML file"), ("none.yaml", "There is no configuration")):
        result = subprocess.run(
            [sys.executable, "-c", code, tmp_path / name], capture_output=True, text=True, timeout=60
        )
        assert message in result.stderr
        assert result.returncode == 2
        assert "HEAVY set()" in result.stdout


@pytest.mark.parametrize("override", ["seed", "=3", "search..x=1"])
def test_malformed_overrides(override):
    with pytest.raises(ValueError, match="An override is key=value"):
        load_config(None, [override])


def test_an_override_below_a_value():
    with pytest.raises(ValueError, match="'seed' is 0, which has no keys of its own"):
        load_config(None, ["seed.x=1"])


@pytest.mark.parametrize(
    ("text", "message"), [("[1, 2", "is not a YAML file"), ("- 1", "holds list"), ("", "holds NoneType")]
)
def test_files_that_are_no_configuration(tmp_path, text, message):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_config(path)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no configuration"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a YAML file"):
        load_config(tmp_path / "b.yaml")
    assert example().is_file()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backbone": "resnet8", "model": {"name": "a.keras"}}, "give one of the two"),
        ({}, "backbone: is missing\n  pretrain: is missing"),
        ({"backbone": "resnet8"}, "pretrain: is missing"),
        ({"model": {"name": "a.keras"}, "pretrain": {"recipe": "digits-short"}}, "leave out pretrain"),
        ({"model": {"name": "a.keras"}, "max_latency": "5"}, "'\\+5 %'"),
    ],
)
def test_a_configuration_has_a_backbone_or_a_model(values, message):
    with pytest.raises(ValueError, match=message):
        parse_config({"data": "digits", "attention": "se", **values}, "test")
