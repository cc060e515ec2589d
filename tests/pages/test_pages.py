"""Every code block of README and all pages runs as it is printed, from the top of the page to its end, in small."""

import contextlib
import doctest
import re
import shlex
import shutil
import sys
import traceback
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock, patch

import keras
import pytest
import yaml
from typer.testing import CliRunner

import keras_ean as ean
from keras_ean.attention.base import REGISTRY as MODULES
from keras_ean.cli.app import app
from keras_ean.data.sources import LOADERS
from keras_ean.registry import import_folder
from keras_ean.run import Run, load_config
from keras_ean.run.yaml_text import read_yaml
from tests import shortcuts
from tests.pages import reader
from tests.pages.blocks import PAGES, PYTHON, ROOT, SHELL, YAML, blocks, lines
from tests.small_backbone import known_by_name

# On one backend; the other runs of these tests need not repeat them.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore::keras_ean.search.NoSignalWarning"),
]

NOT_RUN = {
    r"^(pip|make) ": "installs what a test must not change; continuous integration does it",
    r"^(tensorboard|optuna-dashboard) ": "a server, which does not end",
    r"python experiments/|^experiments/": "hours, some on a GPU; tests/experiments runs the scripts in small",
    r"^(export|unset) |KERAS_DISTRIBUTION|/shared/": "sets a shell up, or needs a second machine",
    r"keras\.applications:": "trains a MobileNetV2; tests/cli/test_improve.py does the same with a small model",
}
"""Shell lines that are not run, and why. Tutorials are executed by `make docs`, their shell lines here."""
SMALLER = {
    "light=True, train=300)": "train=20)",
    "max_steps=300": "max_steps=2",
    "max_trials=200": "max_trials=8",
    "max_epochs=8": "max_epochs=1",
    "resnext101_8x32": "resnext20_8x4",
    "(11, 11, 11)": "(2, 2, 2)",
    '"resnet50", conv_bias=True': '"resnet50", width=8, conv_bias=True',
    '"sge", (224, 224, 3), classes=1000': 'ean.attention.get("sge", groups=8), (32, 32, 3), classes=10',
    '["se", "eca", "cbam"]': '"eca"',
    '["se", "eca"]': '"eca"',
    "--attention se,eca,cbam": "--attention eca",
    "--schemes 12 --seeds 2": "--schemes 4 --seeds 1",
    "keras.applications.MobileNetV2(": "in_small(",
    "--attention se,eca ": "--attention eca ",
    "--budget 3 ": "--budget 300 ",
    '"resnet20", attention="se"': '"resnet8", attention="se"',
    'build_network("resnet20", "se", scheme': 'build_network("resnet8", "se", scheme',
    '"block_1_expand"': '"stem_conv"',
    "epochs=6": "epochs=1",
    "--seeds 2 --out": "--seeds 1 --out",
    "epochs=2": "epochs=1",
}
"""What is replaced in blocks, so that they take seconds."""
RUN = [word for key, value in reader.SMALL.items() for word in ("--set", f"{key}={value}")]
IMPROVED = {"options": {"max_steps": 1, "samples_per_step": 2}}
PIECE = ["--minutes", "0.001"]
SETTINGS = {
    "run photos/": RUN,
    "run photos.yaml": [*RUN, "--set", "data={name: photos}"],
    "run cue": [*RUN, "--set", "data={name: cue, train: 40, validation: 20, test: 20}"],
    "run spacing": [*RUN, "--set", "data={name: spacing, train: 40, validation: 20, test: 20}", *PIECE],
    "run digits": [*RUN, "--set", "data={name: digits, train: 20}"],
    "improve": ["--epochs", "1", "--seeds", "1", "--set", f"search={IMPROVED}"],
    "improve --data": [*RUN, *PIECE],
    "improve my_module": PIECE,
    "improve model.keras --data photographs/ --attention se,eca --": PIECE,
    "improve model.keras --data photographs/ --attention se --": PIECE,
    "watch": ["--once"],
}
"""Put behind commands that begin so: runs are small, and of those of a given model most stop at once."""
OTHER = {"data": "digits", "backbone": "resnet20", "attention": "se", "pretrain": "digits-short"}


def smaller(code):
    for old, new in SMALLER.items():
        code = code.replace(old, new)
    return code


def run_python(block, names):
    source = smaller(block.code)
    if source.startswith(">>>"):
        runner = doctest.DocTestRunner(verbose=False)
        test = doctest.DocTestParser().get_doctest(source, names, "page", None, block.line)
        assert not runner.run(test, clear_globs=False).failed
        names.update(test.globs)
        return
    code = compile(source, "page", "exec")
    reader.provide(code, names)
    exec(code, names)


def run_shell(block, names):
    for _, line in lines(block):
        if not any(re.search(pattern, line) for pattern in NOT_RUN):
            run_line(line)


def run_line(line):
    """A command of keras-ean in this process; a loop of the shell is one round of it."""
    words = shlex.split(re.sub("^until |; do .*", "", smaller(line)), comments=True)
    assert words[0] == "keras-ean", words
    for start, settings in SETTINGS.items():
        words += settings if line.startswith(f"keras-ean {start}") else []
    result = CliRunner().invoke(app, words[1:])
    assert result.exit_code == (75 if words[-2:] == PIECE else 0), f"{line}\n{result.output}"


def run_yaml(block, names):
    """The plan of a run so configured; what a piece leaves out is filled in."""
    values = read_yaml(block.code)
    if "data" not in values:
        values = {**OTHER, **values}
    Path("block.yaml").write_text(yaml.safe_dump(values))
    assert str(Run("runs/planned", load_config("block.yaml")).plan(timed=False))


def without_runs(desk):
    """The page makes them itself."""
    shutil.rmtree(desk / "runs")
    return {}


def with_auc(desk):
    reader.trained(keras.metrics.AUC(name="auc"), units=1).save(desk / "model.keras")
    return without_runs(desk)


def without_mine(desk):
    shutil.rmtree(desk / "runs" / "mine")
    reader.photographs(desk / "digits", 6, "train", "validation", "test")
    return {}


def with_digits(desk):
    """The README's model is another one than that of the file."""
    without_runs(desk)
    return {name: (reader.X + part, reader.LABELS) for part, name in enumerate(("train_ds", "val_ds", "test_ds"))}


def of_the_authors(desk):
    reader.checkpoint(desk / "model_best.pth.tar")
    return {}


def of_ten_places(desk):
    model = reader.network("0 00 000 00 00")
    model.save(desk / "model.keras")
    return {"in_small": lambda **_: model}


LANGUAGES = {PYTHON: run_python, SHELL: run_shell, YAML: run_yaml}


def runs(page, block):
    """Whether a block is run here: the Python of the tutorials is by `make docs`."""
    return block.language in LANGUAGES and not (page.startswith("docs/tutorials/") and block.language == PYTHON)


PREPARED = {
    "README.md": with_digits,
    "docs/improve.md": with_auc,
    "docs/migration.md": of_the_authors,
    "docs/plug.md": of_ten_places,
    "docs/start.md": without_mine,
    "docs/tutorials/own_model.md": without_mine,
}
"""What a page needs beside all that a reader has; the names that its programs find."""

WRITTEN = {
    "README.md": ("runs/readme/saved_model/saved_model.pb", "runs/mine/verdict.json"),
    "docs/fold.md": ("model-folded.keras", "pruned.keras"),
    "docs/cost.md": ("cost.json",),
    "docs/cue.md": ("runs/cue/verdict.json", "runs/spacing/config.yaml"),
    "docs/effects.md": ("effects.png",),
    "docs/plug.md": ("places.png", "places.svg", "plugged.keras"),
    "docs/compare.md": ("both.html",),
    "docs/publish.md": ("runs/mine/card/README.md",),
    "docs/rank.md": ("runs/mine/rank/rank.md",),
    "docs/start.md": ("photos.yaml", "runs/first/report/report.html"),
}
"""Files that are there when a page has been followed."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A reader's files; while pages are read, nothing is traced, timed at length or drawn."""
    folder, kept = tmp_path_factory.getbasetemp() / "desk", tmp_path_factory.mktemp("kept") / "desk"
    folder.mkdir()
    import_folder("keras_ean.cli", [str(ROOT / "keras_ean" / "cli")])
    with contextlib.ExitStack() as stack:
        for shortcut in (shortcuts.eagerly, shortcuts.timed_briefly, shortcuts.read_back_here, shortcuts.sketched):
            stack.enter_context(shortcut())
        stack.enter_context(known_by_name())
        with contextlib.chdir(folder):
            reader.settle(folder)
        shutil.copytree(folder, kept)
        yield kept


@pytest.fixture
def desk(home, tmp_path_factory, monkeypatch):
    """The reader's files as they were, for each page; at one place, since a run knows its photos by their path."""
    folder = tmp_path_factory.getbasetemp() / "desk"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(home, folder)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "my_module", raising=False)  # that of another test
    monkeypatch.setattr(ean, "improve", partial(ean.improve, epochs=1, seeds=1, search=IMPROVED, verbose=False))
    for name in ("mlflow", "wandb"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    with patch.dict(MODULES.classes), patch.dict(LOADERS):  # what a page registers is forgotten after it
        yield folder


@pytest.mark.parametrize(
    "page", [page for page in PAGES if {block.language for block in blocks(page)} & set(LANGUAGES)]
)
def test_blocks_run(page, desk):
    names = PREPARED[page](desk) if page in PREPARED else {}
    faults = []

    for block in blocks(page):
        if runs(page, block):
            try:
                LANGUAGES[block.language](block, names)
            except Exception:
                faults.append(f"line {block.line}: {traceback.format_exc(limit=-4)}")
    assert not faults, "\n".join(faults)
    assert [name for name in WRITTEN.get(page, ()) if not (desk / name).is_file()] == []
