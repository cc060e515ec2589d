"""What a search is to do, and what of it binds a search that goes on."""

from keras_ean.search import Cost, Reward
from keras_ean.search.algorithms.greedy import Greedy
from keras_ean.search.host.plan import Plan
from keras_ean.search.reward import BlockPrices

DEFAULTS = {
    "oracle": "greedy",
    "stages": [2, 1],
    "objective": ["accuracy", "max"],
    "max_steps": 300,
    "samples_per_step": 3,
    "seed": 0,
    "compare_random": False,
    "sparsity_weight": 0.02,
    "costs": {},
    "max_connections": None,
    "reward_function": None,
}


def test_settings_are_all_that_decides_on_the_course():
    plain = Plan("greedy", Greedy, (2, 1))
    assert plain.settings() == DEFAULTS
    assert (plain.early_stopping, plain.left_open) == (False, ())
    noisy = Plan("greedy", Greedy, (2, 1), repeats=2, options={"direction": "backward"}, facts={"images": 100})
    more = {"repeats": 2, "contenders": 0, "direction": "backward", "images": 100}
    assert noisy.settings() == DEFAULTS | more


def test_what_was_left_open_and_measured_goes_on_as_it_was():
    def plan(plain):
        cost = Cost("ms", BlockPrices(plain, (1.0, 2.0, 3.0)))
        return Plan("greedy", Greedy, (2, 1), seed=7, max_steps=9, reward=Reward(costs=(cost,)), left_open=("seed",))

    stored = plan(5.0)
    again = plan(6.0).resumed({"seed": 3, "max_steps": 1}, stored.reward.prices())
    assert (again.seed, again.max_steps) == (3, 9)
    assert again.reward == stored.reward
    assert plan(6.0).resumed({"seed": 3}).reward == plan(6.0).reward


def test_the_searcher_has_the_plans_stages_batches_seed_limits_and_options():
    limits = Reward(max_connections=1)
    searcher = Plan("greedy", Greedy, (2, 1), samples=5, seed=7, reward=limits, options={"direction": "backward"})
    searcher = searcher.new_searcher()
    assert (searcher.stages, searcher.samples, searcher.direction) == ((2, 1), 5, "backward")
    assert searcher.admits == limits.admits
    assert searcher.random.bit_generator.state == Greedy((2, 1), seed=7).random.bit_generator.state
