import pytest

from keras_ean.scheme import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.limits import left_by
from keras_ean.search.outcome.conclusion import conclude
from keras_ean.search.reward import BlockPrices, Cost, Reward

SIX = BlockPrices(20.0, (0.9, 1.0, 1.0, 2.0, 2.0, 2.0))


@pytest.mark.parametrize(
    ("reward", "left"),
    [
        (Reward(), ""),
        (Reward(max_connections=6, costs=(Cost("ms", SIX, limit="+100 %"),)), ""),
        (
            Reward(max_connections=1),
            "the limits of the search (max_connections 1) left 7 of 64 schemes",
        ),
        (
            Reward(max_connections=2, costs=(Cost("ms", SIX, limit="+5 %"), Cost("parameters", len, 0.1))),
            "the limits of the search (max_connections 2, latency +5 %) left 4 of 64 schemes",
        ),
        (
            Reward(costs=(Cost("ms", SIX, limit=20.5),)),
            "the limits of the search (latency 20.5) left 1 of 64 schemes, that without attention",
        ),
    ],
)
def test_what_limits_leave_is_counted(reward, left):
    assert left_by(reward, (3, 3)) == left


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ("+1 %", " left 1 of 65,536 schemes, that without attention"),
        ("+5 %", " left some of 65,536 schemes"),
        ("+80 %", ""),
    ],
)
def test_of_many_blocks_schemes_are_not_counted(limit, left):
    prices = BlockPrices(20.0, (1.0,) * 16)
    assert left_by(Reward(costs=(Cost("ms", prices, limit=limit),)), (8, 8)).endswith(left)


def test_a_conclusion_says_what_the_limits_left():
    reward = Reward(0.0, (Cost("ms", SIX, limit="+5 %"),))
    scored = [Evaluation(Scheme(text), 0.9) for text in ("000 000", "100 000", "010 000", "001 000")]
    for own in (scored[:1], scored):
        told = str(conclude(own, "all done", reward=reward, images=300, objective="accuracy"))
        assert "The limits of the search (latency +5 %) left 4 of 64 schemes." in told
    assert "limits" not in str(conclude(scored, "all done", reward=Reward(0.0), images=300, objective="accuracy"))
