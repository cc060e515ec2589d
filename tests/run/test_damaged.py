"""A finished run with a damaged file: it is told, kept aside and made again as it was, and nothing else is."""

import io
import re
import shutil
import sqlite3

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_ean import exporting, files
from keras_ean.files import write_json
from keras_ean.run import Run, read_json, trainer
from keras_ean.run import finished as answers
from keras_ean.run.folder import RunFolder
from keras_ean.run.verifying import verify
from keras_ean.search.host.store import Store
from tests.run.test_manifest import DAMAGES

pytestmark = pytest.mark.usefixtures("no_detours")


def one_score(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE evaluations SET reward = reward + 1 WHERE trial = '00001'")


def another_search(path):
    store = Store(path)
    with store.transaction():
        store.put("settings", {**store.value("settings"), "seed": 77})
    store.close()


@pytest.fixture
def copied(finished, tmp_path, monkeypatch):
    """The folder of a finished run whose trainings and exports are copied, and noted, in place of being done again."""
    folder, done = shutil.copytree(finished.folder.path, tmp_path / "run"), []

    def train(context, work):
        done.append(work.name)
        source = finished.folder.supernet_file
        if work.name != "pretrain":
            source = finished.folder.path / "networks" / work.name / "model.keras"
        return keras.models.load_model(source)

    def export(network, path, *_, **__):
        done.append("export")
        shutil.copytree(finished.folder.exports / "saved_model", path)

    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setattr(exporting, "export", export)
    monkeypatch.setattr("keras_ean.run.measured.latencies", lambda *_, **__: pytest.fail("timed again"))
    return folder, done


NETWORK, EXPORT = "networks/plain-0", "exports/saved_model"
CELLS = (
    # File, damage, what uses it, and what must be done again for it.
    ("supernet.keras", "half", lambda run: run.pretrain(), ["pretrain"]),
    ("supernet.keras", "deleted", lambda run: run.pretrain(), ["pretrain"]),
    ("scheme.json", "one bit", lambda run: run.search(), []),
    ("search/search.sqlite", "empty", lambda run: run.search(), []),
    ("search/search.sqlite", "deleted", lambda run: run.search(), []),
    ("search/search.sqlite", "one score", lambda run: run.search(), []),
    (f"{NETWORK}/model.keras", "one bit", lambda run: run.train("plain"), ["plain-0"]),
    (f"{NETWORK}/model.keras", "empty", lambda run: run.train("plain"), ["plain-0"]),
    (f"{NETWORK}/metrics.json", "foreign", lambda run: run.figures("plain"), ["plain-0"]),
    (f"{NETWORK}/answers.npy", "half", lambda run: run.verdict(), []),
    (f"{NETWORK}/classes.npy", "half", lambda run: run.verdict(), []),
    (f"{NETWORK}/classes.npy", "deleted", lambda run: run.verdict(), []),
    ("search/search.sqlite", "another search", lambda run: run.search(), []),
    ("images.json", "one bit", lambda run: run.context.images.data, []),
    ("config.yaml", "foreign", lambda run: run.config, []),
)
EXPORTED = (
    (f"{EXPORT}/receipt.json", "one bit", lambda run: run.export(), ["export"]),
    (f"{EXPORT}/variables/variables.index", "empty", lambda run: run.export(), ["export"]),
)


def check(copied, finished, name, damage, use, again):
    folder, done = copied
    {**DAMAGES, "one score": one_score, "another search": another_search}[damage](folder / name)
    said = io.StringIO()
    use(Run(folder, None, Console(file=said, width=1000)))
    assert done == again
    place = EXPORT if name.startswith(EXPORT) else name
    if not name.endswith(".sqlite"):
        lines = said.getvalue().splitlines()
        assert len([line for line in lines if str(folder / place) in line]) == 1
        assert RunFolder(folder).whole(folder / place)
    assert (folder / f"{place}.damaged-1").exists() == (damage != "deleted")
    for kind, same in SAME.items():
        if name.endswith(kind):
            assert same(folder / name) == same(finished.folder.path / name)


def figures(path):
    return {key: value for key, value in read_json(path).items() if key != "seconds"}


def scores(path):
    with sqlite3.connect(path) as connection:
        return sorted(connection.execute("SELECT scheme, reward, metrics FROM evaluations"))


SAME = {
    ".json": figures,
    ".npy": lambda path: np.load(path).tolist(),
    ".sqlite": scores,
    ".yaml": lambda path: path.read_text(),
}


@pytest.mark.parametrize(("name", "damage", "use", "again"), CELLS, ids=lambda part: part if type(part) is str else "")
def test_what_is_damaged_is_made_again(copied, finished, name, damage, use, again):
    check(copied, finished, name, damage, use, again)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "damage", "use", "again"), EXPORTED, ids=lambda part: part if type(part) is str else ""
)
def test_an_export_that_is_damaged_is_made_again(copied, finished, name, damage, use, again):
    check(copied, finished, name, damage, use, again)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("trainable", 7, "is of a network with 7 parameters, but .* has"),
        ("scheme", "1 1 0", "is of the scheme 1 1 0, but .* has"),
    ],
)
def test_an_export_of_another_network_is_made_again_where_no_manifest_knows_it(copied, key, value, fault):
    folder, done = copied
    receipt = folder / EXPORT / "receipt.json"
    write_json(receipt, {**read_json(receipt), key: value})
    (folder / "manifest.json").unlink()
    said = io.StringIO()
    run = Run(folder, None, Console(file=said, width=1000))
    run.folder.manifest.finish("as asked")
    assert [re.match(fault, each.fault) is not None for each in verify(folder) if each.fault] == [True]
    assert answers.answer(folder, "as asked") is None
    run.export()
    assert done == ["export"]
    assert (folder / f"{EXPORT}.damaged-1").is_dir()
    assert re.search(
        f"saved_model is another one: its receipt {fault}.*moved to saved_model.damaged-1", said.getvalue()
    )


@pytest.mark.tensorflow
def test_an_export_in_its_place_is_known_to_be_the_runs_own_at_once(copied, monkeypatch):
    folder, done = copied
    shutil.rmtree(folder / EXPORT)
    move = files.move

    def killed(source, target, *rest):
        move(source, target, *rest)
        if target == folder / EXPORT:
            raise KeyboardInterrupt

    monkeypatch.setattr(files, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        Run(folder, None, Console(quiet=True)).export()
    said = io.StringIO()
    Run(folder, None, Console(file=said, width=1000)).export()
    assert done == ["export"]
    assert said.getvalue() == ""


@pytest.mark.parametrize("damage", ["foreign", "deleted"])
def test_weights_that_nobody_asks_for_are_made_again_too(copied, finished, monkeypatch, damage):
    folder, done = copied
    name = f"{NETWORK}/model.keras".replace("plain", "shared")
    DAMAGES[damage](folder / name)
    monkeypatch.setattr(Run, "report", lambda run: run.folder.report)
    Run(folder, None, Console(quiet=True))()
    assert done == ["shared-0"]
    assert RunFolder(folder).whole(folder / name)


def test_what_nothing_may_train_is_refused_by_name(copied):
    folder, _ = copied
    DAMAGES["half"](folder / NETWORK / "model.keras")
    with pytest.raises(
        FileNotFoundError, match="'plain' of seed 0 are damaged or lost; train it again with: keras-ean"
    ):
        Run(folder, None, Console(quiet=True)).evaluate("plain")


def test_a_network_of_another_size_than_was_measured_is_refused_where_no_manifest_knows_it(copied):
    folder, _ = copied
    (folder / "manifest.json").unlink()
    shutil.copy(folder / "networks/shared-0/model.keras", folder / NETWORK / "model.keras")
    with pytest.raises(ValueError, match=r"plain-0/model.keras has .* parameters, but .* measured had .*another one"):
        Run(folder, None, Console(quiet=True)).train("plain")


def test_a_finished_run_answers_without_keras_and_a_damaged_one_does_not(copied, monkeypatch):
    folder, _ = copied
    Run(folder, None, Console(quiet=True)).folder.manifest.finish("as asked")
    assert answers.answer(folder, "as asked").startswith(("Attention pays", "Attention does not pay", "Undecided"))
    assert answers.answer(folder, "something else") is None
    (folder / "search" / "search.sqlite").rename(folder / "elsewhere")
    assert answers.answer(folder, "as asked") is None
    assert ("search/search.sqlite", "is missing") in [(each.name, each.fault) for each in verify(folder)]
    (folder / "elsewhere").rename(folder / "search" / "search.sqlite")
    assert answers.answer(folder, "as asked") is not None
    DAMAGES["one bit"](folder / NETWORK / "metrics.json")
    assert answers.answer(folder, "as asked") is None
