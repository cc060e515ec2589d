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
    known_classes = [registry.classes for registry in (MODULES, FAMILIES, searchers, FORMATS)]
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
    arguments = ["run", "--out", str(tmp_path / "run"), "--set", "attention={name: contrasts}"]
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


def test_an_evaluator_is_searched_with(extend, tmp_path):
    extend("evaluator")
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


GATE = "    def gate(self, x, state):"
SPREAD = 'ops.sqrt(ops.var(ops.cast(x, "float32"), axis=(1, 2)) + 1e-5)'
HOOK = "layers.Add()([x, attend(y, block)])"
LOADED = 'return data.from_arrays((x, y), options=data.Options(seed=seed, normalize=normalize), name="stripes")'
STATE = """    def initial_state(self, x):
        return (ops.mean(x, (1, 2)),)

    def attend(self, x, state):
        return super().attend(x, state)[0], tuple(one + 1 for one in state)

"""
SHAPES = "    def state_shapes(self, x_shape):\n        return ((x_shape[0], x_shape[-1]),)\n\n"


def masked(gate):
    """A module's file with a `masked_gate` of its own."""
    return (
        f"    def masked_gate(self, x, state, mask):\n        g, state = self.gate(x, state)\n        {gate}\n\n{GATE}"
    )


def changed(**fields):
    """A data source's file with other fields of the data set."""
    values = ", ".join(f"{name}={value}" for name, value in fields.items())
    found = LOADED.replace("return", "found =")
    return f"from dataclasses import replace\n    {found}\n    return replace(found, {values})"


BROKEN = {
    "attention module": [
        (
            GATE,
            f"    def __init__(self, power=2, **named):\n        super().__init__(**named)\n\n{GATE}",
            "lacks power",
        ),
        (GATE, f"    def attend(self, x, state):\n        return x[:, :1], state\n\n{GATE}", "keeps the shape of x"),
        (GATE, f"{STATE}{GATE}", r"state_shapes tells \[\], and the state has \[\(2, 7\)\]"),
        (
            GATE,
            f"{STATE}{SHAPES}    def call(self, x, state=None, connected=None, place=None):\n"
            "        y = super().call(x, state, connected, place)[0]\n"
            f"        return y, super().call(x, state, None, place)[1]\n\n{GATE}",
            "the state is handed on as it came",
        ),
        (GATE, masked("return g, state"), "Where connected is 0, the output is x itself"),
        (GATE, masked("return 1 + mask * (g - 1) / 2, state"), "the output is what it is without a mask"),
        (GATE, masked("return 1 + mask * (mask.shape[0] > 1) * (g - 1), state"), "may be one value for all images"),
        (
            GATE,
            f"{GATE}\n        self.met = getattr(self, 'met', 0) + (self.place == 1)\n        x = x + self.met",
            "a call makes no weights, and leaves nothing behind",
        ),
        (
            "super().build(x_shape)",
            "super().build(x_shape)\n        self.unused = self.add_weight(name='unused', shape=(1,))",
            r"reaches every trainable weight.*\n.*module/unused",
        ),
        (
            "super().build(x_shape)",
            "super().build((None, 8, 8, x_shape[-1] // (x_shape[1] > 1)))",
            r"built for maps of any shape, such as \(2, 1, 1, 2\)",
        ),
        (
            GATE,
            f"    def at(self, places, name):\n        return super().at((0, 1), name)\n\n{GATE}",
            "and in no others",
        ),
        (" + 1e-5", "", "Constant maps, of variance 0"),
        (SPREAD, f"{SPREAD} * (1 if 'float32' in str(x.dtype) else -1)", "In mixed_float16, a module gives float16"),
        (SPREAD, "ops.sum(x, axis=(1, 2)) / (x.shape[1] * x.shape[2])", "Sums over a large map do not overflow"),
        (SPREAD, f"{SPREAD} + len(self.places)", "gives under every scheme what the network of the scheme gives"),
    ],
    "backbone family": [
        ("(self.height,)", "(0,)", "stages are the numbers of residual blocks"),
        (
            "height: int = 2",
            "height: int = 2\n    get_config = lambda self: {}",
            "equal to what is made of its configuration",
        ),
        ('"tower3")', '"thrower3")', r"lists names that parse takes.*\n.*parse\('thrower3'\) is None"),
        (
            'if name[:5] == "tower" and name[5:].isdigit() else None',
            "if name[5:].isdigit() else {}",
            "of other families",
        ),
        ("layers.ReLU()(x)", "layers.ReLU()(stem)", "features builds maps"),
        ("(self.height,)", "(self.height + 1,)", "The hook is called once a block"),
        (HOOK, f"layers.AveragePooling2D(2)({HOOK})", "Blocks of a stage have maps of one shape"),
        (
            HOOK,
            HOOK.replace("attend", "layers.Rescaling(0.0)(attend").replace("block)", "block))"),
            "Attention has an effect",
        ),
        (
            HOOK,
            HOOK.replace("attend", "layers.Rescaling(1e38)(attend").replace("block)", "block))"),
            "gives finite logits",
        ),
        ("layers.ReLU()(x)", "layers.Lambda(lambda x: x)(x)", "A saved supernet or network loads"),
        (HOOK, "attend(layers.Add()([x, y]), block)", "The hook is on the residual branch"),
        (
            "    @classmethod\n    def parse",
            "    outputs = lambda self, x, attend, *_: self.features(x, attend)\n\n    @classmethod\n    def parse",
            "output is float32 logits",
        ),
        (', name=f"stage_0_block_{block}_conv"', "", "Every layer with weights has a name of its own"),
        (
            "return x\n",
            "return __import__('keras_ean').attention.get('se').at((0,), 'own')(x)[0]\n",
            "knows nothing of attention",
        ),
    ],
    "search algorithm": [
        (".bits) for _", ".bits).bits for _", "propose gives a list of schemes of the stages"),
        ("        super().observe(batch)\n", "", "What is observed is in the history"),
        ("(*common, **named)\n", "(*common, **{**named, 'samples': 3})\n", "samples is a positive whole number"),
        (
            "self.random.integers(",
            "__import__('numpy').random.randint(",
            "The seed and the rewards decide on everything",
        ),
        ('"idle")', '"idle", "draw")', "The state is plain JSON"),
        (', "idle")', ",)", "Every attribute that changes is in `stateful`"),
        (
            "self.admitted(start.flipped(self.random.integers(self.blocks)).bits)",
            "start.flipped(self.random.integers(self.blocks))",
            "No scheme beyond the limits",
        ),
        ('f"nothing better in {self.idle} batches"', '""', "converged is None, or says why"),
        (
            "    def propose",
            "    def probabilities(self):\n        return [2]\n\n    def propose",
            "one of 0 … 1 for each block",
        ),
        (
            "        start =",
            "        if self.idle >= self.patience:\n            return None\n        start =",
            "A searcher ends",
        ),
    ],
    "evaluator": [
        ("(Evaluator)", "", "derives from ean.search.Evaluator"),
        ("noisy = True", "noisy = 1", "noisy is a truth value"),
        ("in schemes]", "in schemes[:1]]", "for every scheme, in the order of the schemes"),
        ("[repeat]}", "[repeat] + len(schemes)}", "does not depend on the schemes that it is made with"),
        ("list(scores)", "[score + __import__('random').random() for score in scores]", "Two evaluators made alike"),
        (
            'raise ValueError(f"There are accuracies on all images, and none on a share of {share}.")',
            "self.table = {scheme: scores[::-1] for scheme, scores in self.table.items()}",
            "A share of the validation set is scored the same",
        ),
        ("[repeat]}", "[0]}", "another score for every repeat"),
        ("list(scores)", "scores", "settings are JSON values"),
        (
            '{"table": {str(scheme): scores for scheme, scores in self.table.items()}}',
            '{"table": id(self)}',
            "settings stay as they are",
        ),
        (
            "Scheme(scheme, self.stages)",
            "Scheme(scheme, (3,) if len(scheme) == 3 else None)",
            "A scheme of other stages is refused",
        ),
    ],
    "export format": [
        ('@register("linear")', '@register("linear")\n@register("line")', "A format is registered under a name"),
        (
            "    def write",
            "    def get_config(self):\n        return {'size': 2}\n\n    def write",
            "A format is serialisable",
        ),
        ("backend = None", "backend = None\n    tolerance = 0.0", "The tolerance is a positive number"),
        ("        import numpy as np\n\n", "", "read stands by itself.*\n.*np"),
        ("len(model.weights) != 2", "(1 / (signature.batch_size is None)) != 1", "A fixed batch is taken, or refused"),
        ("images.mean", "images.max", "predicts the same.*\nParityError"),
        ('".npz"', '".npy"', "What write writes, one file or folder"),
    ],
    "data source": [
        ('"stripes")\ndef', '"stripes", lambda source: source == "stripes")\ndef', "called by its name is listed"),
        ('"stripes")\ndef', '"stripes", check=lambda **_: open(__file__))\ndef', "reads nothing.*\nIt opens"),
        (LOADED, "return x, y", r"gives an ean.data.ImageData.*\nIt gives a tuple"),
        (LOADED, changed(shape=(8, 8, 3)), "of the shape that the network takes"),
        (LOADED, changed(class_names=("a", "b", "c")), "all classes are among the training images"),
        (LOADED, changed(test="found.train"), "No image is in two splits"),
        (LOADED, changed(test="replace(found.test, mean=(9.0,))"), "normalised by the channel statistics"),
        ("default_rng(seed)", "default_rng()", "Loading again gives the same images"),
    ],
}
"""What is replaced, by what, and what the contract says of it, rule by rule."""


@pytest.mark.parametrize(
    ("kind", "old", "new", "message"),
    [pytest.param(kind, *row, id=f"{kind}-{row[2][:40]}") for kind, rows in BROKEN.items() for row in rows],
)
def test_a_broken_rule_is_named(extend, kind, old, new, message):
    tried = extend(kind, old, new)
    with pytest.raises(AssertionError, match=f"(?s)^Rule broken: .*({message})"):
        tried()
