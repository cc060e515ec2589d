"""REINFORCE: the paper's searcher, with the reference's faults corrected (arXiv 2011.14058, section 3.2)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ean.registry import unknown
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.controller import Controller, Replay
from keras_ean.search.algorithms.curiosity import Curiosity
from keras_ean.search.algorithms.searcher import Searcher, check_least, register
from keras_ean.search.evaluation import Evaluation, bits_of

BASELINES = ("moving", "leave_one_out")


@register("reinforce")
class Reinforce(Searcher):
    """Trains a policy over schemes, which comes to prefer those whose reward is above a baseline (arXiv 2011.14058,
    section 3.2).

    At each step a batch of schemes is drawn from the policy and scored. A bonus for unfamiliar schemes is added to the
    rewards, the baseline is subtracted, and the rest is divided by the rewards' spread. Then Adam takes a step on the
    new batch, on an earlier one (clipped as in PPO, arXiv 1707.06347) and on the policy's entropy.

    Args:
        common, named: See `Searcher`.
        curiosity_weight: The bonus of a scheme unlike any seen, in standard deviations of the reward.
        learning_rate: The learning rate of Adam, which trains the controller.
        baseline: What a reward is compared with: "leave_one_out", the mean of the other samples of the batch, or
            "moving", the moving average of all rewards, which also serves a batch of one sample.
        baseline_decay: How much of the moving average stays at each step, 0 … 1.
        replay: The number of earlier batches that are kept, of which each step replays one at random; 0 for none.
        replay_weight: How much the replayed batch counts beside the new one, which counts 1.
        replay_clip: How far the ratio of new to old probability may be from 1 in the replayed batch, the ε of PPO.
        entropy_weight: How much the entropy of the policy counts at the first step, to keep it exploring.
        entropy_decay: What that weight is multiplied by at each step.
        normalise: Whether advantages are divided by the running standard deviation of the rewards.
        patience: The number of steps in a row without an unseen scheme after which the policy has converged.
        restarts: How often a new policy starts from scratch when one has converged. The share of policies that ended
            at the same scheme tells how sure the search is.
        start: How likely the first policy connects each block at first, (blocks,) of 0 … 1, for example
            `Effects.probabilities` of a screening; it is kept within 0.05 … 0.95. None starts near 1/2.

    Example:
        >>> searcher = Reinforce((2, 2), samples=4, seed=0)
        >>> while not searcher.converged:
        ...     searcher.observe([Evaluation(one, one.bits[0] - one.bits[3]) for one in searcher.propose()])
        >>> searcher.best().reward
        1
    """

    stateful = (
        *Searcher.stateful,
        "controller",
        "curiosity",
        "mean",
        "moments",
        "step",
        "idle",
        "buffer",
        "bonus",
        "modes",
    )

    def __init__(
        self,
        *common: Any,
        curiosity_weight: float = 0.1,
        learning_rate: float = 0.05,
        baseline: str = "leave_one_out",
        baseline_decay: float = 0.95,
        replay: int = 30,
        replay_weight: float = 0.1,
        replay_clip: float = 0.1,
        entropy_weight: float = 0.01,
        entropy_decay: float = 0.99,
        normalise: bool = True,
        patience: int = 20,
        restarts: int = 2,
        start: Sequence[float] | None = None,
        **named: Any,
    ):
        super().__init__(*common, **named)
        if baseline not in BASELINES:
            raise ValueError(unknown("baseline", baseline, BASELINES))
        check_least(0, learning_rate=learning_rate, replay=replay, restarts=restarts, patience=patience)
        self.curiosity_weight, self.baseline, self.baseline_decay = curiosity_weight, baseline, baseline_decay
        self.replay, self.replay_weight, self.replay_clip = replay, replay_weight, replay_clip
        self.entropy_weight, self.entropy_decay = entropy_weight, entropy_decay
        self.normalise, self.patience, self.restarts = normalise, patience, restarts
        self.learning_rate = learning_rate
        self.controller = Controller(self.blocks, self.random, learning_rate)
        if start is not None:
            if len(start) != self.blocks or not all(0 <= probability <= 1 for probability in start):
                raise ValueError(f"start is a probability, 0 … 1, for each of {self.blocks} blocks, not {start!r}.")
            self.controller.start_from(np.clip(start, 0.05, 0.95))
        self.modes: list[list[int]] = []
        self.curiosity = Curiosity(self.blocks, self.random)
        self.mean: float | None = None
        self.moments = np.zeros(3)  # of the distinct schemes' rewards: count, mean, sum of squared deviations (Welford)
        self.step = self.idle = 0
        self.buffer: list[list[np.ndarray]] = []
        self.bonus = 0.0

    def propose(self) -> list[Scheme]:
        if self.idle >= self.patience:
            self.controller = Controller(self.blocks, self.random, self.learning_rate)
            self.buffer, self.mean, self.step, self.idle = [], None, 0, 0
        actions = self.controller.sample(self.samples, self.random)
        return [self.admitted(row) for row in actions]

    def observe(self, batch: Sequence[Evaluation]) -> None:
        unseen = {evaluation.scheme: evaluation for evaluation in batch if evaluation.scheme not in self.history}
        self.idle = 0 if unseen else self.idle + 1
        for evaluation in unseen.values():
            count, mean, squares = self.moments
            step = evaluation.reward - mean
            mean += step / (count + 1)
            self.moments = np.array([count + 1, mean, squares + step * (evaluation.reward - mean)])
        super().observe(batch)
        actions = bits_of(evaluation.scheme for evaluation in batch)
        rewards = np.array([evaluation.reward for evaluation in batch], "float64")
        spread = self.spread()
        if self.curiosity_weight:
            bonus = self.curiosity_weight * self.curiosity.bonus(actions)
            self.bonus = float(bonus.mean())
            rewards = rewards + bonus * spread
            self.curiosity.learn(actions)
        advantages = self._advantages(rewards) / (spread if self.normalise else 1.0)
        replay = self._replayed()
        batch_drawn = [actions, advantages, self.controller.log_probability(actions)]
        self.buffer = [batch_drawn, *self.buffer][: self.replay]
        self.controller.update(actions, advantages, replay, self.entropy_weight * self.entropy_decay**self.step)
        self.step += 1
        if self.idle >= self.patience:
            self.modes.append([int(p > 0.5) for p in self.controller.probabilities()])

    def spread(self) -> float:
        """Standard deviation of the rewards of all schemes seen; 1 while there is none."""
        spread = float(np.sqrt(self.moments[2] / max(self.moments[0], 1)))
        return spread if spread > 1e-12 else 1.0

    def _advantages(self, rewards: np.ndarray) -> np.ndarray:
        mean, decay = float(rewards.mean()), self.baseline_decay
        self.mean = mean if self.mean is None else decay * self.mean + (1 - decay) * mean
        if self.baseline == "leave_one_out" and len(rewards) > 1:
            return (rewards - mean) * len(rewards) / (len(rewards) - 1)
        return rewards - self.mean

    def _replayed(self) -> Replay | None:
        if not self.buffer or not self.replay_weight:
            return None
        kept = self.buffer[int(self.random.integers(len(self.buffer)))]
        return Replay(kept[0], kept[1], kept[2], self.replay_clip, self.replay_weight)

    @property
    def converged(self) -> str | None:
        if len(self.modes) <= self.restarts:
            return None
        most = max(self.modes, key=self.modes.count)
        return f"{self.modes.count(most)} of {len(self.modes)} policies converged to {Scheme(most, self.stages)}"

    def summary(self) -> dict[str, float]:
        return {"entropy": self.controller.entropy(), "bonus": self.bonus, "baseline": self.mean or 0.0}

    def probabilities(self) -> np.ndarray:
        return self.controller.probabilities()
