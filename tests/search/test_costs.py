import numpy as np
import pytest

from keras_ean import Scheme, build_supernet
from keras_ean import attention as attentions
from keras_ean.measure import cost
from keras_ean.search import Reward, costs
from tests.small_backbone import Small

SCHEMES = [Scheme("00 00 00"), Scheme("11 00 01"), Scheme("11 11 11")]


@pytest.fixture(scope="module", params=[True, False], ids=["shared", "unshared"])
def supernet(request):
    return build_supernet(Small((2, 2, 2)), "se", (8, 8, 1), 10, share=request.param)


@pytest.fixture(scope="module")
def flops(supernet):
    return costs.flops(supernet).function


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_parameters_and_flops_are_those_of_the_network(supernet, flops, scheme):
    network = supernet.extract(scheme)
    assert costs.parameters(supernet).function(scheme) == cost.parameters(network)
    assert flops(scheme) == cost.flops(network)


def test_of_several_modules_each_has_its_own_price(monkeypatch):
    supernet = build_supernet("resnet8", "eca+se", (8, 8, 1), 10)
    price, flops = costs.parameters(supernet).function, costs.flops(supernet).function
    for bits in ("00 00 00", "10 01 10", "01 00 11", "11 11 11"):
        network = supernet.extract(bits)
        assert price(Scheme(bits)) == cost.parameters(network)
        assert flops(Scheme(bits)) == cost.flops(network)

    def latencies(networks, images, batch_size, rounds):
        return {
            name: (1.0 + sum(2.0**i for i, bit in enumerate(name.replace(" ", "")) if bit == "1"), 0)
            for name in networks
        }

    monkeypatch.setattr(costs, "latencies", latencies)
    assert costs.latency(supernet, "images").function(Scheme("01 10 01")) == 1 + 2 + 4 + 32


def test_latency_grows_with_connections(supernet):
    price = costs.latency(supernet, np.zeros((1, 8, 8, 1)), weight=0.01, batch_size=4, rounds=3)
    empty, some, full = map(price.function, SCHEMES)
    assert 0 < empty <= some <= full
    assert (price.name, price.weight) == ("ms", 0.01)


def test_a_limit_on_parameters_keeps_schemes_out(supernet):
    least = costs.parameters(supernet).function(SCHEMES[0])
    reward = Reward(costs=(costs.parameters(supernet, limit=least),))
    assert reward.admits(SCHEMES[0])
    assert not reward.admits(SCHEMES[1])


def test_the_latency_of_a_block_is_its_share_of_that_of_its_stage(monkeypatch):
    """With networks that are their schemes, and times that are made up: the second stage is timed below none."""
    asked = []

    class Extracting:
        stages = (2, 1, 4)
        attention = attentions.get("se")

        @staticmethod
        def extract(scheme):
            return str(scheme)

    def latencies(networks, images, batch_size, rounds):
        asked.append((list(networks), images, batch_size, rounds))
        return dict(zip(networks, [(5.0, 0.1), (6.0, 0.1), (4.5, 0.1), (7.0, 0.1)], strict=True))

    monkeypatch.setattr(costs, "latencies", latencies)
    price = costs.latency(Extracting, "images")
    empty = "00 0 0000"
    assert asked == [([empty, "11 0 0000", "00 1 0000", "00 0 1111"], "images", 64, 30)]
    assert (price.name, price.weight, price.limit) == ("ms", 0.0, None)
    prices = [price.function(Scheme(text)) for text in (empty, "10 0 0000", "11 1 0000", "01 1 1001", "11 1 1111")]
    assert prices == [5.0, 5.5, 6.0, 6.5, 8.0]
    assert costs.latency(Extracting, "images", 0.1, "+5 %", 8, 3).limit == "+5 %"
    assert asked[1][2:] == (8, 3)
