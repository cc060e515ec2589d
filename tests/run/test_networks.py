"""The networks that are compared are named in one place, and everything else names the same."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from keras_ean import Scheme
from keras_ean.cli.app import app
from keras_ean.cli.export import export
from keras_ean.cli.run import evaluate, train
from keras_ean.run import load_config, networks

DOCS = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
STAGES, FOUND = (3, 3), Scheme("100 010")


def search(rival=None):
    return FOUND if rival is None else Scheme("011 000")


@pytest.mark.parametrize("command", [export, evaluate, train])
def test_the_help_of_every_command_names_all_networks(command):
    group = typer.main.get_command(app)
    [option] = [one for one in group.commands[command.__name__].params if one.name == "name"]
    assert set(re.findall(r"\w+", option.help)) >= set(networks.NETWORKS)


def test_an_empty_scheme_is_one_that_cannot_be_read_and_not_none(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "keras_ean.run.Run", lambda folder: SimpleNamespace(evaluate_supernet=lambda scheme: asked.append(scheme) or {})
    )
    evaluate(Path("runs/any"), scheme="")
    assert asked == [""]
    with pytest.raises(ValueError, match="scheme"):
        Scheme(asked[0])


def test_the_documentation_names_all_networks_and_says_what_they_are():
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", DOCS, re.MULTILINE)
    assert [(name, one.title, one.meaning) for name, one in networks.NETWORKS.items()] == [
        row for row in rows if row[0] in networks.NETWORKS
    ]


def test_any_network_but_the_found_one_can_be_compared():
    assert load_config(None, [f"compare=[{', '.join(networks.RIVALS)}]"]).compare == networks.RIVALS
    everything = load_config(None, [f"compare=[{', '.join(networks.RIVALS)}]"])
    assert everything.compared == tuple(networks.NETWORKS)
    assert load_config(None, ["compare=[genetic]"]).compared == ("plain", "shared", "random", "genetic", "found")
    with pytest.raises(ValueError, match="compare.0: Unknown network 'found'"):
        load_config(None, ["compare=[found]"])
    with pytest.raises(ValueError, match="reports call 'everywhere' is the network of the name 'shared'"):
        networks.get("everywhere")
    with pytest.raises(ValueError, match="Unknown network 'genetics'. Did you mean 'genetic'"):
        networks.get("genetics")


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("plain", "000 000"),
        ("unshared", "111 111"),
        ("shared", "111 111"),
        ("heuristic", "010 010"),
        ("genetic", "011 000"),
        ("found", "100 010"),
    ],
)
def test_how_a_network_comes_by_its_scheme(name, scheme):
    network = networks.get(name)
    assert network.scheme(STAGES, 0, search) == Scheme(scheme)
    assert network.share == (name != "unshared")


def test_a_random_scheme_is_as_dense_as_the_found_one_but_another():
    schemes = [networks.get("random").scheme(STAGES, seed, search) for seed in range(30)]
    assert {sum(scheme.bits) for scheme in schemes} == {sum(FOUND.bits)}
    assert len(set(schemes)) > 1
    assert FOUND not in schemes


def test_where_there_is_no_other_scheme_as_dense_the_random_one_is_the_found_one():
    full = Scheme("11 1")
    assert networks.get("random").scheme((2, 1), 0, lambda rival=None: full) == full


def test_networks_that_do_without_a_search_ask_for_none():
    for name in ("plain", "unshared", "shared"):
        networks.get(name).scheme(STAGES, 0, lambda rival=None: pytest.fail("searched"))


@pytest.mark.parametrize(
    ("name", "form"),
    [("found", "found_folded"), ("shared", "shared_folded"), ("random", "shared_folded")],
)
def test_what_is_folded_where_a_network_would_be_recommended(name, form):
    assert networks.folded_form(name) == form
