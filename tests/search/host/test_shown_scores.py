"""What a search shows of itself: accuracy and reward apart, never their sum under accuracy's name."""

import pytest

from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner


class Even(Evaluator):
    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": 1.0} for scheme in schemes]


@pytest.fixture
def tuner(tmp_path):
    oracle = ReinforceOracle((2, 2), max_steps=4, seed=0, sparsity_weight=0.02, compare_random=False)
    tuner = SchemeTuner(None, oracle, evaluator=Even(), directory=tmp_path)
    tuner.search()
    return tuner


def test_the_bar_tells_accuracy_and_reward_apart(tuner):
    best = tuner.ledger.best()[0]
    assert best.reward > 1
    note = tuner.bar.bar.tasks[0].fields["note"]
    told = (
        f"{len(tuner.evaluations())} schemes  best: accuracy 1.0000, reward {best.reward:.4f}, {best.scheme}  policy "
    )
    assert note.startswith(told)


def test_keras_tuners_score_is_the_accuracy_and_its_summary_has_both(tuner, capsys):
    assert {trial.score for trial in tuner.oracle.get_best_trials(5)} == {1.0}
    tuner.results_summary(2)
    first, second = capsys.readouterr().out.splitlines()
    best, _ = tuner.ledger.best(2)
    assert first == f"{best.scheme}  accuracy 1.0000  reward {best.reward:.4f}"
    assert "accuracy 1.0000  reward 1.0" in second
