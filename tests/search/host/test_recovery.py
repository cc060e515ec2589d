"""A damaged store is noticed, whatever bit of it is another one, and its whole scores are taken over."""

import os
import sqlite3

import pytest

from keras_ean import Scheme
from keras_ean.search.host.seals import check
from keras_ean.search.host.store import FILE, Store
from tests.search.host.test_ledger import ledger_in, run


def outcome(ledger):
    return [(one.scheme, one.reward) for one in ledger.evaluations()]


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE music (title)")
    connection.close()


def changed(path):
    """As by one bit."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE evaluations SET reward = reward + 0.5 WHERE trial = '00001'")


def lost(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM evaluations WHERE trial = '00002'")


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_folder(path):
    path.unlink()
    path.mkdir()


def unreadable(path):
    """So that even SQLite's message is no text."""
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE state", b"CREATE TABL\xff state"))


DAMAGES = {
    "unreadable": unreadable,
    "empty": lambda path: path.write_bytes(b""),
    "half": half,
    "text": lambda path: path.write_text("no SQLite"),
    "foreign": foreign,
    "changed": changed,
    "lost": lost,
    "pipe": pipe,
    "folder": a_folder,
}


@pytest.fixture(params=[5, 1000], ids=["under way", "finished"])
def search(request, tmp_path):
    """A folder with a search, and what it ends with."""
    ledger = ledger_in(tmp_path)
    run(ledger, most=request.param)
    ledger.store.close()
    return tmp_path, outcome_of_whole()


def outcome_of_whole():
    whole = ledger_in()
    run(whole)
    return outcome(whole)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_moved_aside_and_the_search_ends_as_it_would_have(search, damage, capsys, in_time):
    folder, truth = search
    assert check(folder / FILE) is None
    DAMAGES[damage](folder / FILE)
    assert check(folder / FILE) is not None
    ledger = ledger_in(folder)
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{folder / FILE} ")
    assert f"moved to {FILE}.damaged-1" in line
    assert check(folder / FILE) is None
    ledger.begin()
    run(ledger)
    assert outcome(ledger) == truth


def test_scores_that_are_whole_are_not_made_again(tmp_path):
    ledger = ledger_in(tmp_path)
    ledger.agree({"images": 3})
    run(ledger)
    kept = {one.scheme for one in ledger.evaluations() if one.trial != "00001"}
    ledger.store.close()
    changed(tmp_path / FILE)
    again = ledger_in(tmp_path)
    assert not again.begin()
    assert again.evaluator == {"images": 3}
    assert {scheme for scheme in kept if again.kept_score(scheme)["accuracy"] == scheme.density} == kept
    assert again.store.connection.execute("SELECT COUNT(*) FROM scores").fetchone() == (len(kept),)


def test_no_flipped_bit_changes_a_score(tmp_path):
    ledger = ledger_in(tmp_path)
    run(ledger)
    truth = ledger.evaluations(), ledger.store.steps(), ledger.store.value("settings")
    ledger.store.close()
    file, content = tmp_path / FILE, (tmp_path / FILE).read_bytes()
    for place in range(0, len(content), len(content) // 300):
        file.write_bytes(content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :])
        if check(file) is None:
            store = Store(file)
            assert (store.evaluations(), store.steps(), store.value("settings")) == truth
            store.close()


def test_a_store_that_is_only_read_is_refused_in_one_line(tmp_path):
    run(ledger_in(tmp_path))
    changed(tmp_path / FILE)
    with pytest.raises(ValueError, match=r"search\.sqlite is damaged: a row of its table evaluations is not as it was"):
        Store(tmp_path / FILE)


def test_an_earlier_format_is_sealed_when_it_is_opened(tmp_path):
    store = Store(tmp_path / FILE)
    with store.transaction():
        store.add_scores({Scheme("10"): {"accuracy": 0.5}})
        store.put("format", 2)
    for table in ("state", "trials", "evaluations", "repeats", "steps", "scores"):
        store.connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
    store.close()
    again = Store(tmp_path / FILE)
    assert (again.value("format"), again.score(Scheme("10"))) == (3, {"accuracy": 0.5})
    again.close()
    assert check(tmp_path / FILE) is None
