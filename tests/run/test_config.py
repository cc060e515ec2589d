import pytest
import yaml

from keras_ean.run import load_config, networks, parse_config
from keras_ean.run.config_file import example

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


@pytest.mark.parametrize("override", ["seed", "=3", "search..x=1"])
def test_malformed_overrides(override):
    with pytest.raises(ValueError, match="An override is key=value"):
        load_config(None, [override])


def test_an_override_below_a_value():
    with pytest.raises(ValueError, match="'seed' holds 0, which has no keys"):
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
