"""TensorBoard events, read back by TensorBoard's own loader."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner


class Density(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": scheme.density} for scheme in schemes]


def test_rewards_and_probabilities_are_logged_every_step(tmp_path):
    oracle = ReinforceOracle((2, 2), max_steps=4, seed=0)
    SchemeTuner(None, oracle, evaluator=Density(), directory=tmp_path, logs=tmp_path / "logs").search(verbose=0)
    [file] = (tmp_path / "logs").iterdir()
    events = [event for event in EventFileLoader(str(file)).Load() if event.HasField("summary")]
    assert [event.step for event in events] == [0, 1, 2, 3]
    tags = {value.tag for value in events[0].summary.value}
    assert {"search/reward", "search/entropy", "probability/block_0", "probability/block_3"} <= tags
    scored = [one for one in oracle.evaluations() if one.step == 0]
    values = {value.tag: value.tensor.float_val[0] for value in events[0].summary.value}
    assert values["search/accuracy"] == pytest.approx(np.mean([one.metrics["accuracy"] for one in scored]))
    assert values["search/reward"] == pytest.approx(np.mean([one.reward for one in scored]))
    assert values["search/reward"] > values["search/accuracy"]
