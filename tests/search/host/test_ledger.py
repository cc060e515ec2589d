"""The ledger alone, without Keras Tuner: what is handed out, what is kept, and what it binds."""

import os
import subprocess
import sys

import pytest

from keras_ean import Scheme
from keras_ean.search.algorithms.greedy import Greedy
from keras_ean.search.algorithms.stratified import Stratified
from keras_ean.search.host.ledger import Ledger
from keras_ean.search.host.plan import Plan
from keras_ean.search.reward import Cost, Reward

STAGES = (2, 3)


def ledger_in(folder=None, plan=None, **options):
    settings = {"max_steps": 4, "samples": 2, **(plan or {})}
    return Ledger(Plan("random", Stratified, STAGES, **settings), folder, **options)


def run(ledger, worker="a", most=1000):
    done = []
    while len(done) < most and (job := ledger.issue(worker)):
        done.append((job.scheme, job.repeat))
        ledger.end(job.id, {"accuracy": job.scheme.density})
    return done


def test_knows_nothing_of_keras_tuner():
    code = "import sys, keras_ean.search.host.ledger; print([n for n in ('keras_tuner', 'grpc') if n in sys.modules])"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}  # It is imported sooner than TensorFlow.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


def test_searches_repeats_and_compares():
    ledger = ledger_in(plan={"repeats": 2, "contenders": 2, "compare_random": True})
    done = run(ledger)
    assert ledger.finished
    assert len(set(done)) == len(done)
    evaluations, repeats = ledger.evaluations(), ledger.repeats()
    assert [one.repeat for one in repeats] == [1, 1, 2, 2]
    assert {one.scheme for one in repeats} == {one.scheme for one in ledger.best(2)}
    assert {one.origin for one in evaluations} == {"search", "random"}
    assert [(one.scheme, one.repeat) for one in sorted((*evaluations, *repeats), key=lambda one: one.trial)] == done
    assert ledger.evaluations()[0].reward == pytest.approx(0.02 + 0.98 * ledger.evaluations()[0].scheme.density)


def test_goes_on_from_any_point(tmp_path):
    plan = {"repeats": 1, "contenders": 2, "compare_random": True}
    whole = run(ledger_in(plan=plan))
    begun = []
    for _ in range(len(whole)):
        begun += run(ledger_in(tmp_path, plan), most=1)
    assert begun == whole
    assert ledger_in(tmp_path, plan).issue("a") is None
    assert ledger_in(tmp_path, plan).finished


def test_a_job_is_handed_to_another_worker_after_its_lease():
    ledger = ledger_in(lease=1000.0, plan={"samples": 1})
    job = ledger.issue("a")
    assert ledger.issue("b") is None
    ledger.renew(job.id)
    job.until = 0.0
    assert ledger.issue("b") is job
    assert (ledger.jobs.held_by("a"), job.worker) == (None, "b")


def test_a_scheme_without_a_result_is_tried_again_and_then_left_out():
    ledger = ledger_in(retries=1)
    job = ledger.issue("a")
    assert ledger.end(job.id, {"accuracy": float("nan")}).status == "RUNNING"
    assert ledger.issue("a") is job
    assert ledger.end(job.id, None, "out of memory").status == "FAILED"
    assert ledger.phases.failed == [job.scheme]
    assert ledger.issue("a").scheme != job.scheme
    assert ledger.end(job.id, {"accuracy": 1.0}).status == "FAILED"
    assert ledger.evaluations() == []


def test_failures_are_counted_until_a_scheme_has_a_result():
    ledger = ledger_in(retries=0, failures=2)
    for metrics in (None, {"accuracy": 0.5}, None):
        ledger.end(ledger.issue("a").id, metrics)
    with pytest.raises(RuntimeError, match=r"2 schemes in a row had no finite accuracy.*no such image"):
        ledger.end(ledger.issue("a").id, None, "no such image")


def test_scores_made_ahead_are_kept_for_their_jobs(tmp_path):
    ledger = ledger_in(tmp_path, {"samples": 3})
    first = ledger.issue("a")
    others = ledger.upcoming()
    assert len(others) == 2
    ledger.keep_scores({scheme: {"accuracy": scheme.density} for scheme in others})
    ledger.end(first.id, {"accuracy": 0.5})
    resumed = ledger_in(tmp_path, {"samples": 3})
    assert resumed.issue("a").scheme == others[0]
    assert resumed.kept_score(others[0]) == {"accuracy": others[0].density}


def test_a_search_that_has_scored_nothing_binds_nothing(tmp_path):
    first = ledger_in(tmp_path, retries=0)
    first.agree({"labels": "wrong"})
    first.end(first.issue("a").id, None, "no such label")
    first.store.close()
    again = ledger_in(tmp_path)
    assert again.begin()
    again.agree({"labels": "right"})
    assert run(again) == run(ledger_in())
    with pytest.raises(ValueError, match="labels was 'right' and is now 'wrong'"):
        again.agree({"labels": "wrong"})
    assert not ledger_in(tmp_path).begin()
    with pytest.raises(ValueError, match="max_steps was 4 and is now 5"):
        ledger_in(tmp_path, {"max_steps": 5})


def test_settings_of_a_search_that_has_scored_nothing_are_open(tmp_path):
    first = ledger_in(tmp_path)
    first.issue("a")
    first.store.close()
    other = Ledger(Plan("greedy", Greedy, STAGES), tmp_path)
    assert other.issue("a").scheme == Scheme.empty(STAGES)
    assert len(other.jobs.by_id) == 1


def test_a_chief_that_comes_back_leaves_jobs_to_their_workers(tmp_path):
    first = ledger_in(tmp_path, distributed=True)
    first.agree({"labels": "right"})
    job = first.issue("worker")
    first.store.close()
    chief = ledger_in(tmp_path, distributed=True)
    assert not chief.begin()
    with pytest.raises(ValueError, match="labels was 'right'"):
        chief.agree({"labels": "wrong"})
    assert chief.issue("other").scheme != job.scheme
    assert chief.issue("worker").scheme == job.scheme
    assert not chief.deserted()


def test_a_finished_search_is_deserted_when_all_have_heard():
    ledger = ledger_in(plan={"max_steps": 1, "samples": 1}, lease=1000.0)
    job = ledger.issue("a")
    assert ledger.issue("b") is None
    ledger.end(job.id, {"accuracy": 1.0})
    assert ledger.issue("a") is None
    assert not ledger.deserted()
    assert ledger.issue("b") is None
    assert ledger.deserted()


def test_weights_that_lose_the_reward_are_named_and_not_the_objective():
    reward = Reward(costs=(Cost("flops", lambda scheme: 1e9, weight=1e308),))
    ledger = ledger_in(plan={"reward": reward}, retries=0, failures=2)
    ledger.end(ledger.issue("a").id, {"accuracy": 0.5})
    with pytest.raises(RuntimeError, match=r"2 schemes in a row had no finite reward.*the weights of costs smaller"):
        ledger.end(ledger.issue("a").id, {"accuracy": 0.5})


def test_a_reward_that_was_lost_earlier_is_not_blamed_for_a_lost_objective():
    reward = Reward(costs=(Cost("flops", lambda scheme: 1e9, weight=1e308),))
    ledger = ledger_in(plan={"reward": reward}, retries=0, failures=2)
    ledger.end(ledger.issue("a").id, {"accuracy": 0.5})
    with pytest.raises(RuntimeError, match=r"no finite accuracy.*Look at the supernet"):
        ledger.end(ledger.issue("a").id, {"accuracy": float("nan")})
