"""The policy against the reference's recorded steps, and its gradient against finite differences."""

from pathlib import Path

import numpy as np
import pytest

from keras_ean.search.algorithms.controller import Controller, Replay

PARITY = Path(__file__).parents[2] / "parity/controller_steps.npz"


@pytest.fixture
def recorded():
    return np.load(PARITY)


def reference(recorded) -> Controller:
    controller = Controller(16, seed=0)
    layers = ("0.bias", "2.weight", "2.bias")
    controller.set_weights(*(recorded[f"init/ctrl/_fc_controller.{layer}"] for layer in layers))
    return controller


def advantages(recorded, step):
    return recorded[f"s{step}/R"].ravel() + recorded[f"s{step}/rnd"] - recorded[f"s{step}/baseline"]


def test_first_step_is_the_references(recorded):
    controller, actions = reference(recorded), recorded["s0/actions"]
    controller.update(actions, advantages(recorded, 0))
    # A block with the same action in every sample has a gradient of zero, as the advantages sum to zero. There the
    # reference's Adam divides a rounding error by itself, so those blocks move in a random direction.
    clear = actions.min(axis=0) != actions.max(axis=0)
    expected = recorded["s0/logits_after"].reshape(16, 2)
    np.testing.assert_allclose(controller.logits()[clear], expected[clear], rtol=0, atol=1e-7)
    assert clear.sum() == 13


def test_losses_follow_the_references(recorded):
    controller = reference(recorded)
    for step in range(10):
        actions = recorded[f"s{step}/actions"]
        loss = -(advantages(recorded, step) * controller.log_probability(actions)).mean()
        assert loss == pytest.approx(recorded[f"s{step}/loss"], rel=4e-3, abs=1e-4)
        controller.update(actions, advantages(recorded, step))


def loss(controller, actions, advantages, replay, entropy_weight):
    value = -(advantages * controller.log_probability(actions)).mean()
    if replay is not None:
        ratio = np.exp(controller.log_probability(replay.actions) - replay.log_probabilities)
        clipped = np.clip(ratio, 1 - replay.clip, 1 + replay.clip)
        value -= replay.weight * np.minimum(ratio * replay.advantages, clipped * replay.advantages).mean()
    return value - entropy_weight * controller.entropy()


@pytest.mark.parametrize("entropy_weight", [0.0, 0.3])
@pytest.mark.parametrize("replayed", [False, True])
def test_gradient_is_the_losss(replayed, entropy_weight):
    random = np.random.default_rng(1)
    controller = Controller(4, seed=0, hidden=5)
    actions, advantages, old = random.integers(0, 2, (6, 4)), random.normal(size=6), random.integers(0, 2, (5, 4))
    # Ratios inside the clip, above it and below it, each with advantages of both signs.
    shift = np.array([0.0, 0.4, 0.4, -0.4, -0.4])
    replay = Replay(old, np.array([1.0, 1, -1, 1, -1]), controller.log_probability(old) - shift, clip=0.1, weight=0.7)
    arguments = actions, advantages, replay if replayed else None, entropy_weight
    gradient, theta = controller.gradient(*arguments), controller.theta.copy()
    for index in range(len(theta)):
        values = []
        for sign in (1, -1):
            controller.theta = theta + sign * 1e-6 * (np.arange(len(theta)) == index)
            values.append(loss(controller, *arguments))
        assert gradient[index] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-7)


def test_a_ratio_beyond_the_clip_pulls_no_further():
    controller, action = Controller(4, seed=0), np.array([[1, 0, 1, 0]])
    old = controller.log_probability(action) - 1.0
    none = Replay(action, np.array([1.0]), old)
    back = Replay(action, np.array([-1.0]), old)
    nothing = np.zeros((1, 4), int), np.zeros(1)
    assert not controller.gradient(*nothing, none).any()
    assert controller.gradient(*nothing, back).any()


def test_adam_is_torchs():
    import torch

    controller = Controller(3, seed=0, hidden=4)
    theta = torch.tensor(controller.theta, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=0.05)
    random = np.random.default_rng(0)
    for _ in range(20):
        actions, advantages = random.integers(0, 2, (3, 3)), random.normal(size=3)
        theta.grad = torch.tensor(controller.gradient(actions, advantages))
        optimizer.step()
        controller.update(actions, advantages)
    np.testing.assert_allclose(controller.theta, theta.detach().numpy(), rtol=1e-12)


def test_probabilities_and_entropy():
    controller = Controller(3, seed=0)
    controller.set_weights(np.zeros(50), np.zeros((6, 50)), 5 * np.log([1, 3, 1, 1, 4, 1]))
    np.testing.assert_allclose(controller.probabilities(), [0.75, 0.5, 0.2])
    everything = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    log = controller.log_probability(everything)
    assert np.exp(log).sum() == pytest.approx(1)
    assert controller.entropy() == pytest.approx(-(np.exp(log) * log).sum())
    samples = controller.sample(4000, np.random.default_rng(0))
    np.testing.assert_allclose(samples.mean(axis=0), [0.75, 0.5, 0.2], atol=0.03)


def test_initial_weights_are_uniform_within_one_over_the_root_of_the_inputs():
    first, kernel, bias = Controller(200, seed=0)._layers()
    assert (first.shape, kernel.shape, bias.shape) == ((50,), (400, 50), (400,))
    for values, most in ((first, 20**-0.5), (kernel, 50**-0.5), (bias, 50**-0.5)):
        scaled = np.sort(values.ravel()) / most
        assert np.abs(scaled).max() <= 1
        np.testing.assert_allclose(scaled, np.linspace(-1, 1, scaled.size), atol=3 / np.sqrt(scaled.size))
    assert not np.array_equal(Controller(200, seed=1).theta, Controller(200, seed=0).theta)


def test_a_policy_starts_from_given_probabilities():
    controller, wanted = Controller(3, seed=0), np.array([0.05, 0.5, 0.9])
    controller.start_from(wanted)
    np.testing.assert_allclose(controller.probabilities(), wanted)
