"""A store that was found whole is looked through again only when it has changed."""

import pytest

from keras_ean import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host import seals
from keras_ean.search.host.store import Store


@pytest.fixture
def kept(tmp_path):
    """A store of two evaluations that was closed."""
    store = Store(tmp_path / "s.sqlite")
    with store.transaction():
        for number, text in enumerate(("01", "10")):
            store.add_evaluation(Evaluation(Scheme(text), 0.5, {}, {}, trial=f"{number:05d}"))
    store.close()
    return tmp_path / "s.sqlite"


@pytest.fixture
def looked(monkeypatch):
    """How often a store was looked through."""
    found, fault = [], seals.fault
    monkeypatch.setattr(seals, "fault", lambda connection: found.append(1) or fault(connection))
    return found


def test_a_store_that_was_closed_is_not_looked_through_when_it_is_opened(kept, looked):
    assert len(Store(kept).evaluations()) == 2
    assert seals.check(kept) is None
    assert not looked


def test_one_that_has_changed_is(kept, looked):
    content = bytearray(kept.read_bytes())
    content[content.index(b"00001")] ^= 1
    kept.write_bytes(content)
    assert "is damaged" in seals.check(kept)
    assert looked


def test_so_is_one_with_changes_beside_it_and_one_that_nothing_is_noted_of(kept, looked):
    store = Store(kept)
    with store.transaction():
        store.put("step", 1)
    assert kept.with_name("s.sqlite-wal").stat().st_size > 0
    assert seals.check(kept) is None
    assert len(looked) == 1
    store.close()
    assert seals.check(kept) is None
    assert len(looked) == 1
    kept.with_name("s.sqlite.checked").unlink()
    assert seals.check(kept) is None
    assert len(looked) == 2
