"""When a tuner waits: not while there is something to score."""

from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner


def test_pauses_only_while_another_worker_is_at_the_batch(tmp_path, monkeypatch):
    pauses, held = [], []

    class Alone(Evaluator):
        def score(self, schemes, share=1.0, repeat=0):
            return [{"accuracy": 0.5} for _ in schemes]

    class InCompany(Alone):
        def score(self, schemes, share=1.0, repeat=0):
            while len(held) < 2:  # Others take the rest of the first batch.
                held.append(tuner.oracle.create_trial(f"worker {len(held)}"))
            return super().score(schemes)

    def tuner_of(evaluator, folder):
        return SchemeTuner(None, ReinforceOracle((2, 4), max_steps=2, seed=0), evaluator=evaluator, directory=folder)

    def pause(seconds):
        pauses.append(seconds)
        for trial in held if len(pauses) == 3 else ():
            tuner.oracle.update_trial(trial.trial_id, {"accuracy": 0.5})
            trial.status = "COMPLETED"
            tuner.oracle.end_trial(trial)

    monkeypatch.setattr("time.sleep", pause)
    tuner_of(Alone(), tmp_path / "alone").search(verbose=0)
    assert not pauses
    tuner = tuner_of(InCompany(), tmp_path)
    tuner.search(verbose=0)
    assert pauses == [0.05] * 3
