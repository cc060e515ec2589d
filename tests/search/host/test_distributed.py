"""A worker and a chief in one process: who waits for whom, and what is refused."""

import threading

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
    chief = oracle()
    chief._set_project_dir(str(tmp_path), "search")
    done = threading.Event()
    chief.ledger.deserted = done.is_set
    server = threading.Thread(target=distributed.serve, args=(chief,))
    server.start()
    try:
        SchemeTuner(None, oracle(), evaluator=Density("a"), directory=tmp_path).on_search_begin()
        with pytest.raises(ValueError, match="validation_set was .* and is now"):
            SchemeTuner(None, oracle(), evaluator=Density("b"), directory=tmp_path).search(verbose=0)
        assert not chief.evaluations()
        SchemeTuner(None, oracle(), evaluator=Density("a"), directory=tmp_path).search(verbose=0)
    finally:
        done.set()
        server.join()
    assert chief.ledger.finished
    assert chief.evaluations()
