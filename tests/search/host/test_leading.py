"""What another process reads of a search: its best scheme so far, and where its policy leans."""

from keras_ean import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.host.leading import Leading, leading
from keras_ean.search.host.store import Store


def scored(text, reward, number, **options):
    parts = {"objective": reward - 0.25, "sparsity": 0.5}
    return Evaluation(Scheme(text), reward, parts, trial=f"{number:05d}", seconds=1.5, **options)


def test_a_search_is_led_by_the_highest_reward_that_it_has_scored_itself(tmp_path):
    file = tmp_path / "search.sqlite"
    assert leading(file) == Leading() == Leading(None, 0.0, None, 0.0, None, ())
    store = Store(file)
    with store.transaction():
        store.add_evaluation(scored("1 00", 0.5, 0))
    assert leading(file) == Leading()  # Settings come first.
    with store.transaction():
        store.clear()
        store.put("settings", {"stages": [1, 2]})
    assert leading(file) == Leading((1, 2))
    with store.transaction():
        store.add_evaluation(scored("0 11", 0.75, 0, origin="random"))
    assert leading(file) == Leading((1, 2), 1.5)
    with store.transaction():
        for number, (text, reward) in enumerate([("1 00", 0.5), ("1 01", 0.625), ("0 00", 0.25)], start=1):
            store.add_evaluation(scored(text, reward, number))
        for step, policy in enumerate([[0.5, 0.5, 0.5], [0.75, 0.25, 0.5], None]):
            store.add_step(step, [Scheme("1 00")], [0.5], {}, policy)
    store.close()
    assert leading(file) == Leading((1, 2), 6.0, Scheme("1 01"), 0.625, 0.375, (0.75, 0.25, 0.5))
