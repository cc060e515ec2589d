"""A worker and a chief in one process: who waits for whom, and what is refused."""

import threading
from contextlib import contextmanager

import pytest

from keras_ean.search import Evaluator, ReinforceOracle, SchemeTuner
from keras_ean.search.host import distributed
from keras_ean.search.host.launch import free_port


class Density(Evaluator):
    def __init__(self, data="a"):
        self.data = data

    def settings(self):
        return {"validation_set": self.data}

    def score(self, schemes, share=1.0, repeat=0):
        return [{"accuracy": scheme.density} for scheme in schemes]


def oracle():
    return ReinforceOracle((2, 2), max_steps=4, seed=0)


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(distributed, "ANSWER_SECONDS", 0.2)
    for name, value in {"ORACLE_IP": "127.0.0.1", "ORACLE_PORT": str(free_port()), "TUNER_ID": "worker"}.items():
        monkeypatch.setenv(f"KERASTUNER_{name}", value)


@contextmanager
def chief_in(folder):
    """An oracle that answers workers in another thread."""
    chief = oracle()
    chief._set_project_dir(str(folder), "search")
    done = threading.Event()
    chief.ledger.deserted = done.is_set
    server = threading.Thread(target=distributed.serve, args=(chief,))
    server.start()
    try:
        yield chief
    finally:
        done.set()
        server.join()


@pytest.fixture
def finished(tmp_path):
    tuner = SchemeTuner(None, oracle(), evaluator=Density(), directory=tmp_path)
    tuner.search(verbose=0)
    return tmp_path


def test_a_lease_is_renewed_while_a_scheme_is_scored():
    beats, third = [], threading.Event()

    class Chief:
        def update_trial(self, *arguments):
            beats.append(arguments)
            if len(beats) == 3:
                third.set()
                raise ConnectionError

    with distributed.heartbeat(Chief(), "00007", 0.001):
        assert third.wait(60)
    assert beats == [("00007", {})] * 3


def test_without_a_chief_a_worker_gives_up(worker, monkeypatch, tmp_path):
    tuner = SchemeTuner(None, oracle(), evaluator=Density(), directory=tmp_path)
    tuner.oracle.stub.seconds = 0.5
    with pytest.raises(ConnectionError, match=r"No chief has answered at 127\.0\.0\.1:\d+ .*KERASTUNER_TUNER_ID=chief"):
        tuner.search(verbose=0)


def test_a_worker_that_comes_after_the_end_says_so(finished, worker, capsys):
    SchemeTuner(None, oracle(), evaluator=Density(), directory=finished).search(verbose=0)
    assert "has ended; this worker has nothing left to do" in capsys.readouterr().out


def test_a_worker_with_other_data_is_refused_and_the_search_goes_on_with_another(worker, tmp_path):
    with chief_in(tmp_path) as chief:
        SchemeTuner(None, oracle(), evaluator=Density("a"), directory=tmp_path).on_search_begin()
        with pytest.raises(ValueError, match="validation_set was .* and is now"):
            SchemeTuner(None, oracle(), evaluator=Density("b"), directory=tmp_path).search(verbose=0)
        assert not chief.evaluations()
        SchemeTuner(None, oracle(), evaluator=Density("a"), directory=tmp_path).search(verbose=0)
    assert chief.ledger.finished
    assert chief.evaluations()


def test_a_worker_without_the_secret_is_not_heard(worker, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_EAN_SECRET", "mine")
    with chief_in(tmp_path) as chief:
        monkeypatch.setenv("KERAS_EAN_SECRET", "another")
        stranger = SchemeTuner(None, oracle(), evaluator=Density(), directory=tmp_path)
        with pytest.raises(ValueError, match="refuses this worker: its KERAS_EAN_SECRET is not the chief's"):
            stranger.search(verbose=0)
        assert not chief.ledger.jobs.by_id
        monkeypatch.setenv("KERAS_EAN_SECRET", "mine")
        SchemeTuner(None, oracle(), evaluator=Density(), directory=tmp_path).search(verbose=0)
        assert chief.ledger.finished


def test_a_report_for_a_trial_that_its_sender_does_not_hold_is_left_out(worker, tmp_path, monkeypatch):
    with chief_in(tmp_path) as chief:
        mine = SchemeTuner(None, oracle(), evaluator=Density(), directory=tmp_path).oracle
        mine.update_space(distributed.evaluator_message({}))
        trial = mine.create_trial("worker")
        monkeypatch.setenv("KERASTUNER_TUNER_ID", "another")
        mine.update_trial(trial.trial_id, {"accuracy": 0.125})
        trial.status = "COMPLETED"
        mine.end_trial(trial)
        assert not chief.evaluations()
        monkeypatch.setenv("KERASTUNER_TUNER_ID", "worker")
        mine.update_trial(trial.trial_id, {"accuracy": 0.5})
        mine.end_trial(trial)
        assert [one.metrics["accuracy"] for one in chief.evaluations()] == [0.5]
