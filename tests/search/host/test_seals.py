"""Seals of rows: a row is as it was written, or it is not, whatever stands in it."""

import sqlite3

import pytest

from keras_ean import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.seals import fault, seal, sealed_rows
from keras_ean.search.host.store import Store

ROW = {"scheme": "1 0", "step": 3, "reward": 0.5, "parts": None}


def test_a_seal_stands_for_the_values_and_not_for_their_order_or_type():
    found = seal(ROW)
    assert len(found) == 16
    assert int(found, 16) >= 0
    assert seal(dict(reversed(ROW.items()))) == seal({**ROW, "step": 3.0}) == found
    others = [{"scheme": "1 1"}, {"step": 4}, {"reward": 0.5 + 2**-53}, {"parts": ""}, {"step": "3"}, {"more": None}]
    assert len({found, *(seal({**ROW, **change}) for change in others)}) == 1 + len(others)


@pytest.mark.parametrize("value", ["0.5", 0.25, None, b"half", b"\x00", b"0.5"])
def test_a_row_with_another_value_is_none_that_was_written(value):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE kept (scheme, step, reward, parts, seal)")
    connection.executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", [[*ROW.values(), seal(ROW)]] * 3)
    connection.execute("UPDATE kept SET reward = ? WHERE rowid = 2", [value])
    connection.execute("UPDATE kept SET seal = NULL WHERE rowid = 3")
    assert list(sealed_rows(connection, "kept")) == [(ROW, True), ({**ROW, "reward": value}, False), (ROW, False)]


@pytest.mark.parametrize("value", ["X'00'", "'0.5'", "0.25"])
def test_a_store_with_such_a_row_is_damaged(tmp_path, value):
    store = Store(tmp_path / "search.sqlite")
    with store.transaction():
        store.put("settings", {})
        store.add_evaluation(Evaluation(Scheme("1 0"), 0.5, {"objective": 0.5}, {"accuracy": 0.5}, trial="00000"))
    assert fault(store.connection) is None
    store.connection.execute(f"UPDATE evaluations SET seconds = {value}")
    assert fault(store.connection) == "is damaged: a row of its table evaluations is not as it was written"
    store.close()
