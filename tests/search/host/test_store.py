"""The SQLite store: whole transactions, one evaluation a scheme, readable by others."""

import json
import sqlite3

import pytest

from keras_ean import Scheme
from keras_ean.search.answers import to_text
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.glance import Glance, glance
from keras_ean.search.host.store import Store


def evaluation(text="1 01", **changes):
    values = {"reward": 0.1 + 0.2, "parts": {"objective": 0.3}, "metrics": {"accuracy": 1 / 3}, "trial": "00000"}
    return Evaluation(Scheme(text), **{**values, **changes})


def test_evaluations_come_back_bit_for_bit(tmp_path):
    with Store(tmp_path / "s.sqlite").transaction():
        pass
    store = Store(tmp_path / "s.sqlite")
    with store.transaction():
        store.add_evaluation(evaluation())
    assert Store(tmp_path / "s.sqlite").evaluations() == [evaluation()]


def test_answers_are_kept_among_the_metrics_where_earlier_versions_look_for_them(tmp_path):
    told, store = evaluation(answers=to_text([1, 0, 1])), Store(tmp_path / "s.sqlite")
    with store.transaction():
        store.add_evaluation(told)
    assert store.evaluations() == [told]
    (row,) = store.connection.execute("SELECT metrics FROM evaluations").fetchall()
    assert json.loads(row[0]) == {"accuracy": 1 / 3, "answers": "3:oA=="}


def test_folders_are_made_and_everything_can_be_forgotten(tmp_path):
    store = Store(tmp_path / "a/b/s.sqlite")
    with store.transaction():
        store.put("step", 1)
        store.add_evaluation(evaluation())
        store.add_evaluation(evaluation(repeat=1, trial="00001"))
        store.add_scores({Scheme("1 00"): {"accuracy": 0.5}})
        store.add_step(0, [Scheme("1 01")], [0.5], {"entropy": 1.0}, [0.25])
    assert store.steps() == [
        {"step": 0, "schemes": ["1 01"], "rewards": [0.5], "summary": {"entropy": 1.0}, "probabilities": [0.25]}
    ]
    with store.transaction():
        store.clear()
    assert (store.value("step"), store.value("format")) == (None, 3)
    assert store.evaluations() == store.repeats() == store.steps() == store.jobs() == []
    assert store.score(Scheme("1 00")) is None


def test_a_scheme_has_one_evaluation():
    store = Store(None)
    with store.transaction():
        store.add_evaluation(evaluation())
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.add_evaluation(evaluation(trial="00001"))
    assert len(store.evaluations()) == 1


def test_repeats_are_kept_apart_and_numbered():
    store, repeats = Store(None), [evaluation(repeat=n, trial=f"{n:05d}", origin="repeat") for n in (1, 2)]
    with store.transaction():
        store.add_evaluation(evaluation())
        for repeat in repeats:
            store.add_scores({Scheme("1 01"): {"accuracy": 0.5}}, repeat.repeat)
            store.add_evaluation(repeat)
    assert store.evaluations() == [evaluation()]
    assert store.repeats() == repeats
    assert store.score(Scheme("1 01"), 1) is None
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.add_evaluation(evaluation(repeat=2, trial="00007"))


def test_an_error_leaves_nothing_of_a_transaction():
    store = Store(None)

    def interrupted():
        with store.transaction():
            store.put("step", 1)
            store.add_evaluation(evaluation())
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert store.value("step") is None
    assert store.evaluations() == []


def test_others_read_while_the_search_writes(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    with store.transaction():
        store.add_evaluation(evaluation())
    with store.transaction():
        store.add_evaluation(evaluation("1 10", trial="00001"))
        reader = sqlite3.connect(tmp_path / "s.sqlite")
        assert reader.execute("SELECT scheme FROM evaluations").fetchall() == [("1 01",)]


def test_others_see_how_far_the_search_is(tmp_path):
    file = tmp_path / "s.sqlite"
    assert glance(file) == Glance(None, 0, 0)
    store = Store(file)
    assert glance(file) == Glance(None, 0, 0)
    with store.transaction():
        store.put("phases", {"phase": "repeat"})
        store.add_step(0, [Scheme("1 01")], [0.5], {}, None)
        for text in ("1 01", "1 10"):
            store.add_evaluation(evaluation(text, trial=text))
    assert glance(file) == Glance("repeat", 1, 2)


def test_a_format_of_a_later_version_is_refused_and_left_as_it_is(tmp_path):
    file = tmp_path / "s.sqlite"
    store = Store(file)
    with store.transaction():
        store.put("format", 4)
    store.close()
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"s\.sqlite is kept in format 4, but .* up to 3\. .*overwrite=True"):
        Store(file)
    assert file.read_bytes() == before


def test_scores_made_ahead_are_kept_until_their_trial():
    store = Store(None)
    with store.transaction():
        store.add_scores({Scheme("1 01"): {"accuracy": 0.25}})
    assert store.score(Scheme("1 01")) == {"accuracy": 0.25}
    with store.transaction():
        store.add_evaluation(evaluation())
    assert store.score(Scheme("1 01")) is None


def test_a_full_disk_is_told_with_the_file_and_leaves_what_was_kept(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    with store.transaction():
        store.put("step", 1)
    [(pages,)] = store.connection.execute("PRAGMA page_count")
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OSError, match=r"s\.sqlite cannot be written: database or disk is full"), store.transaction():
        store.put("step", "2" * 100_000)
    assert Store(tmp_path / "s.sqlite").value("step") == 1


def test_metrics_are_written_in_one_order(tmp_path):
    texts = []
    for names in (["loss", "accuracy"], ["accuracy", "loss"]):
        store = Store(None)
        with store.transaction():
            store.add_evaluation(evaluation(metrics=dict.fromkeys(names, 0.5), parts=dict.fromkeys(names, 0.5)))
        texts.append(store.connection.execute("SELECT metrics, parts FROM evaluations").fetchone())
    assert texts[0] == texts[1]


def test_a_store_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_ean.search.host.store.SCHEMA", "CREATE TABLE state (key TEXT); nonsense;")
    with pytest.raises((OSError, sqlite3.OperationalError)):
        Store(tmp_path / "search" / "s.sqlite")
    assert not list(tmp_path.rglob("*.sqlite"))


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / "s.sqlite").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder, where a search keeps its scores"):
        Store(tmp_path / "s.sqlite")
