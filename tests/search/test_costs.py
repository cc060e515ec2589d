import numpy as np
import pytest

from keras_ean import Scheme, build_supernet
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
