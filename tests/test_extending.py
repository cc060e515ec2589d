"""Each kind of extension is one file outside of the package: the examples of CONTRIBUTING.md, whole and broken.

The page's sections have two programs each: the file, and what tries it.
"""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import pytest
from rich.console import Console

import keras_ean as ean
from keras_ean import catalogue
from keras_ean.attention.base import REGISTRY as MODULES
from keras_ean.backbones.base import REGISTRY as FAMILIES
from keras_ean.data.sources import LOADERS
from keras_ean.exporting.base import REGISTRY as FORMATS
from keras_ean.run import Run, load_config
from keras_ean.search.algorithms.searcher import searchers
from keras_ean.search.evaluators import evaluators
from tests.broken_extensions import BROKEN

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
KINDS = ("attention module", "backbone family", "search algorithm", "evaluator", "export format", "data source")
EXAMPLES = {
    kind: re.findall(r"```python\n(.+?)```", section, re.DOTALL)
    for kind, section in re.findall(r"^### An? (.+?): .+?$(.+?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
RUN = ("data={name: digits, train: 40}", "backbone={name: resnet8, width: 4}")


@pytest.fixture(autouse=True)
def _registries():
    """What a test registers is forgotten after it."""
    yield
    known_classes = [registry.classes for registry in (MODULES, FAMILIES, searchers, evaluators, FORMATS)]
    for names in (*known_classes, LOADERS, keras.saving.get_custom_objects()):
        for name, entry in list(names.items()):
            if getattr(entry, "function", entry).__module__ == "mine.extension":
                del names[name]


@pytest.fixture
def extend(tmp_path, monkeypatch):
    """A function that imports the file of a kind, perhaps with one piece of it replaced, from a package outside of the
    library; it returns a function that runs what tries it."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("mine", "mine.extension"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def imported(kind: str, old: str = "", new: str = ""):
        file, trial = EXAMPLES[kind]
        assert file.count(old) == 1 or not old, f"{old!r} is {file.count(old)} times in the example."
        (package / "extension.py").write_text(file.replace(old, new) if old else file)
        module = importlib.import_module("mine.extension")
        return lambda: exec(compile(trial, "CONTRIBUTING.md", "exec"), dict(vars(module)))

    return imported


def opened(folder, *overrides):
    """A run of this configuration: all names in it are checked."""
    return Run(folder / "run", load_config(None, [*RUN, *overrides]), Console(quiet=True))


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_keeps_the_contract(extend, kind):
    extend(kind)()


def test_an_example_is_short():
    for kind in KINDS:
        lines = [line for line in EXAMPLES[kind][0].splitlines() if line.strip() and '"""' not in line]
        assert len(lines) <= 20, kind


def test_a_module_is_found_by_name(extend, tmp_path):
    with pytest.raises(ValueError, match="Unknown attention module 'contrast'"):
        opened(tmp_path, "attention={name: contrast}")
    extend("attention module")
    assert "contrast" in ean.attention.available()
    network = ean.build_network("resnet8", "contrast", "1 0 1", (8, 8, 1), classes=2)
    assert [type(network.get_layer(f"stage_{stage}_attention")).__name__ for stage in (0, 2)] == ["Contrast"] * 2
    assert "| `contrast` |" in catalogue.modules()
    opened(tmp_path, "attention={name: contrast}")


def test_the_command_line_knows_what_was_imported_before(extend, tmp_path):
    """As CONTRIBUTING.md starts it; a slip in the name is answered with the names that are known."""
    extend("attention module")
    [code] = re.findall(r'^`python -c "(.+)" run …`', PAGE, re.MULTILINE)
    program = [sys.executable, "-c", code.replace("mine", "mine.extension")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, map(str, sys.path)))}
    environment["KERAS_BACKEND"] = "jax"  # Nothing is computed, and JAX is imported soonest.
    arguments = ["run", "digits", "--out", str(tmp_path / "run"), "--set", "attention={name: contrasts}"]
    result = subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 2
    assert "Unknown attention module 'contrasts'. Did you mean 'contrast'?" in result.stderr


def test_a_backbone_is_found_by_name(extend, tmp_path):
    with pytest.raises(ValueError, match="Unknown backbone 'tower3'"):
        opened(tmp_path, "backbone.name=tower3")
    extend("backbone family")
    assert {"tower2", "tower3"} < set(ean.backbones.available())
    assert ean.build_network("tower3", "se", "101", (8, 8, 1), classes=2).get_layer("stage_0_attention").places == (
        0,
        2,
    )
    assert "| `tower3` | 3 |" in catalogue.families()
    assert opened(tmp_path, "backbone={name: tower3}").stages == (3,)


def test_a_search_algorithm_is_found_by_name(extend, tmp_path):
    with pytest.raises(ValueError, match="flips"):
        opened(tmp_path, "search.oracle=flips", "search.options={patience: 3}")
    extend("search algorithm")
    assert "flips" in ean.search.available()
    assert ean.search.get("flips", (2, 2), patience=3).searcher_class.__name__ == "Flips"
    opened(tmp_path, "search.oracle=flips", "search.options={patience: 3}")
    with pytest.raises(ValueError, match="'patients'. Did you mean 'patience'"):
        opened(tmp_path / "other", "search.oracle=flips", "search.options={patients: 3}")


def test_an_evaluator_is_found_by_name_and_searched_with(extend, tmp_path):
    named = "search.evaluator={name: measured, table: {'100': [0.9]}}"
    with pytest.raises(ValueError, match="Unknown evaluator 'measured'"):
        opened(tmp_path, named)
    extend("evaluator")
    opened(tmp_path, named)
    with pytest.raises(ValueError, match="evaluator 'measured': Unknown option 'tabel'. Did you mean 'table'"):
        opened(tmp_path / "other", "search.evaluator={name: measured, tabel: {}}")
    table = {f"{bits:03b}": (bits / 8, bits / 8, bits / 8) for bits in range(8)}
    evaluator = sys.modules["mine.extension"].Measured(table)
    oracle = ean.search.get("random", (3,), max_steps=8, seed=0)
    tuner = ean.search.SchemeTuner(None, oracle, evaluator=evaluator, directory=tmp_path)
    tuner.search(verbose=0)
    assert max(tuner.evaluations(), key=lambda one: one.metrics["accuracy"]).scheme == ean.Scheme("111")
    assert {one.repeat for one in tuner.repeats()} == {1, 2}


def test_a_format_is_found_by_name(extend, tmp_path):
    with pytest.raises(ValueError, match="Unknown export format 'linear'"):
        opened(tmp_path, "export=[linear]")
    extend("export format")
    assert "linear" in ean.exporting.formats.available()
    assert ean.exporting.formats.get("linear").suffix == ".npz"
    opened(tmp_path, "export=[linear]")


def test_a_data_source_is_found_by_name(extend, tmp_path):
    assert "stripes" not in ean.data.available()
    extend("data source")
    assert "stripes" in ean.data.available()
    assert len(ean.data.load("stripes", images=60).test) == 12
    opened(tmp_path, "data={name: stripes, images: 60}")


"""What is replaced, by what, and what the contract says of it, rule by rule."""


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [pytest.param(kind, *row, id=f"{kind}-{row[2][:40]}") for kind, rows in BROKEN.items() for row in rows],
)
def test_a_broken_rule_is_named(extend, kind, old, new, message):
    tried = extend(kind, old, new)
    with pytest.raises(AssertionError, match=f"(?s)^Rule broken: .*({message})"):
        tried()
