"""The oracle as Keras Tuner sees it: trials, leases, retries, seeds, resumption."""

import tracemalloc

import keras_tuner
import numpy as np
import pytest

from keras_ean.search import Cost, ReinforceOracle, Reward, available, get
from keras_ean.search.host.distributed import evaluator_message
from keras_ean.search.host.oracle import SchemeOracle
from keras_ean.search.host.trials import best_metrics
from keras_ean.search.reward import BlockPrices

STAGES = (2, 4)
SCORE = keras_tuner.Objective("score", "max")


def oracle_in(folder=None, name="reinforce", objective=SCORE, **options) -> SchemeOracle:
    oracle = get(name, STAGES, objective, **{"seed": 0, "sparsity_weight": 0, "max_steps": 8, **options})
    if folder is not None:
        oracle._set_project_dir(str(folder), "search")
    return oracle


def bits(trial):
    return tuple(int(trial.hyperparameters.values[f"block_{block}"]) for block in range(6))


def end(oracle, trial, score, status="COMPLETED"):
    if score is not None:
        oracle.update_trial(trial.trial_id, {"score": score})
    trial.status = status
    oracle.end_trial(trial)


def run(oracle, tuner_id="a", score=sum, most=1000):
    seen = []
    for _ in range(most):
        trial = oracle.create_trial(tuner_id)
        if trial.status != "RUNNING":
            break
        seen.append(bits(trial))
        end(oracle, trial, score(bits(trial)))
    return seen


@pytest.mark.parametrize("name", available())
def test_every_oracle_runs_to_its_end_without_a_repeated_scheme(name):
    oracle = oracle_in(name=name)
    seen = run(oracle)
    assert seen
    assert len(seen) == len(set(seen)) == len(oracle.evaluations())
    assert oracle.create_trial("b").status == "STOPPED"
    assert oracle.ledger.phases.reason
    assert oracle.get_best_trials()[0].score == max(map(sum, seen))
    assert [trial.score for trial in oracle.get_best_trials(3)] == sorted(map(sum, seen))[:-4:-1]


def test_hyperparameters_are_booleans_by_block():
    trial = oracle_in().create_trial("a")
    assert [type(parameter).__name__ for parameter in trial.hyperparameters.space] == ["Boolean"] * 6
    assert all(type(value) is bool for value in trial.hyperparameters.values.values())


def test_a_tuner_gets_the_trial_that_it_holds():
    oracle = oracle_in()
    assert oracle.create_trial("a") is oracle.create_trial("a")
    assert oracle.create_trial("b").trial_id != oracle.create_trial("a").trial_id


def test_waits_for_the_batch_and_never_blocks():
    oracle = oracle_in(samples_per_step=2)
    first, second = oracle.create_trial("a"), oracle.create_trial("b")
    assert oracle.create_trial("c").status == "IDLE"
    end(oracle, second, 1.0)
    assert oracle.create_trial("b").status == "IDLE"
    end(oracle, first, 2.0)
    assert oracle.create_trial("b").status == "RUNNING"


def test_the_order_of_results_changes_nothing():
    states = []
    for reverse in (False, True):
        oracle = oracle_in(samples_per_step=3, max_steps=4)
        while True:
            held = []
            while (trial := oracle.create_trial(f"w{len(held)}")).status == "RUNNING":
                held.append(trial)
            if not held:
                break
            for trial in reversed(held) if reverse else held:
                end(oracle, trial, sum(bits(trial)))
        states.append(oracle.ledger.phases.searcher.probabilities())
    np.testing.assert_array_equal(*states)


def test_a_silent_workers_trial_is_taken_over_and_its_late_report_ignored():
    oracle = oracle_in(lease=0.0, samples_per_step=1)
    lost = oracle.create_trial("a")
    taken = oracle.create_trial("b")
    assert taken.trial_id == lost.trial_id
    end(oracle, taken, 3.0)
    late = oracle.create_trial("b")
    lost.status = "COMPLETED"
    oracle.update_trial(lost.trial_id, {"score": 99.0})
    oracle.end_trial(lost)
    assert [evaluation.reward for evaluation in oracle.evaluations()] == [3.0]
    jobs = oracle.ledger.jobs
    assert (jobs.held_by("a"), jobs.held_by("b").id) == (None, late.trial_id)


def test_a_sign_of_life_keeps_the_trial():
    oracle = oracle_in(lease=1000.0, samples_per_step=1)
    trial = oracle.create_trial("a")
    oracle.ledger.jobs.by_id[trial.trial_id].until = 0.0
    oracle.update_trial(trial.trial_id, {})
    assert oracle.create_trial("b").status == "IDLE"


def test_a_result_that_is_not_finite_is_tried_again_and_the_new_one_counts():
    oracle = oracle_in(max_retries_per_trial=1)
    trial = oracle.create_trial("a")
    end(oracle, trial, float("nan"))
    again = oracle.create_trial("a")
    assert again.trial_id == trial.trial_id
    end(oracle, again, 0.5)
    assert oracle.evaluations()[0].reward == 0.5


def test_a_scheme_that_always_fails_is_left_out_and_three_end_the_search():
    oracle = oracle_in(max_retries_per_trial=0, samples_per_step=3)
    for failures in range(2):
        end(oracle, oracle.create_trial("a"), None, "INVALID")
        assert len(oracle.ledger.phases.failed) == failures + 1
    trial = oracle.create_trial("a")
    trial.message = "out of memory"
    with pytest.raises(RuntimeError, match=r"3 schemes in a row.*out of memory"):
        end(oracle, trial, None, "INVALID")


def test_one_failure_does_not_stop_the_search():
    oracle = oracle_in(max_retries_per_trial=0, samples_per_step=2, max_steps=3)
    end(oracle, oracle.create_trial("a"), None, "FAILED")
    assert len(run(oracle)) >= 3
    assert [trial.status for trial in oracle.trials.values()].count("FAILED") == 1


def test_seed_zero_is_zero_and_no_seed_is_drawn_and_kept(tmp_path):
    assert run(oracle_in(seed=0)) == run(oracle_in(seed=0)) != run(oracle_in(seed=1))
    first = oracle_in(tmp_path, seed=None)
    run(first, most=5)
    second = oracle_in(tmp_path, seed=None)
    second.reload()
    assert second.ledger.plan.seed == first.seed != second.seed


@pytest.mark.parametrize("name", available())
def test_goes_on_where_it_stopped(tmp_path, name):
    whole = run(oracle_in(name=name))
    first = oracle_in(tmp_path, name)
    begun = run(first, most=7)
    first.create_trial("a")
    resumed = oracle_in(tmp_path, name)
    resumed.reload()
    assert len(resumed.trials) == min(8, len(whole))
    assert begun + run(resumed) == whole


def test_changed_settings_are_refused(tmp_path):
    run(oracle_in(tmp_path), most=2)
    changed = oracle_in(tmp_path, max_steps=9, reward=Reward(0, max_connections=3))
    with pytest.raises(ValueError, match=r"max_connections was None and is now 3; max_steps was 8 and is now 9"):
        changed.create_trial("a")


def test_what_was_left_open_stays_as_it_was(tmp_path):
    first = oracle_in(tmp_path, compare_random=True)
    run(first, most=2)
    second = oracle_in(tmp_path)
    second.reload()
    assert second.ledger.plan.compare_random
    with pytest.raises(ValueError, match="compare_random was True and is now False"):
        oracle_in(tmp_path, compare_random=False).reload()


def test_a_price_measured_anew_does_not_change_the_search(tmp_path):
    def reward(price):
        return Reward(0, costs=(Cost("ms", BlockPrices(1.0, (price,) * 6), weight=0.1),))

    run(oracle_in(tmp_path, reward=reward(2.0)), most=3)
    resumed = oracle_in(tmp_path, reward=reward(3.0))
    run(resumed)
    assert {(e.parts["ms"] - 1) / max(1, sum(e.scheme.bits)) for e in resumed.evaluations()} <= {0.0, 2.0}


def test_an_evaluator_that_differs_is_refused_also_from_afar():
    oracle = oracle_in()
    oracle.ledger.agree({"validation_set": "abc", "shape": (8, 8)})
    oracle.ledger.agree({"validation_set": "abc", "shape": [8, 8]})
    oracle.update_space(evaluator_message({"validation_set": "abc", "shape": (8, 8)}))
    with pytest.raises(ValueError, match="validation_set was 'abc' and is now 'abd'"):
        oracle.update_space(evaluator_message({"validation_set": "abd", "shape": (8, 8)}))


def test_two_processes_on_one_search_are_noticed(tmp_path):
    first, second = oracle_in(tmp_path), oracle_in(tmp_path)
    first.create_trial("a")
    second.reload()
    first.end_trial(first.create_trial("a"))
    with pytest.raises(RuntimeError, match="Another process writes"):
        second.create_trial("b")


def test_minimised_objectives_rank_by_reward():
    oracle = oracle_in(objective=keras_tuner.Objective("loss", "min"), sparsity_weight=0.5)
    while (trial := oracle.create_trial("a")).status == "RUNNING":
        oracle.update_trial(trial.trial_id, {"loss": 1.0 + bits(trial)[0]})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    best = max(oracle.evaluations(), key=lambda evaluation: evaluation.reward)
    assert bits(oracle.get_best_trials()[0]) == best.scheme.bits
    assert oracle.get_best_trials()[0].score == best.metrics["loss"]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="Did you mean 'reinforce'"):
        get("reinforc", STAGES)
    with pytest.raises(ValueError, match="unknown option|Unknown option 'populatoin'"):
        get("evolution", STAGES, populatoin=3)
    with pytest.raises(ValueError, match="one objective"):
        ReinforceOracle(STAGES, ["accuracy", "loss"])
    with pytest.raises(ValueError, match="max_steps"):
        ReinforceOracle(STAGES, max_steps=0)
    with pytest.raises(ValueError, match="needs stages="):
        ReinforceOracle().create_trial("a")
    with pytest.raises(ValueError, match=r"searches over stages \(2, 4\)"):
        oracle_in().plan((3, 3))


def test_a_seed_that_is_drawn_fits_into_32_bits(monkeypatch):
    monkeypatch.setattr("secrets.randbelow", lambda limit: limit - 1)
    assert get("random", STAGES).seed == 2**31 - 1
    assert get("random", STAGES, seed=0).seed == 0


def test_a_plan_is_the_oracles_with_what_its_tuner_knows():
    oracle = get("reinforce", None, SCORE, seed=0, max_steps=8)
    own = ("compare_random",)
    assert oracle.plan(STAGES).left_open == own
    plan = oracle.plan(STAGES, left_open=("repeats", "contenders"), repeats=3)
    assert plan.left_open == (*own, "repeats", "contenders")
    assert (plan.stages, plan.repeats, plan.seed) == (STAGES, 3, 0)
    assert oracle.plan(STAGES).repeats != 3
    with pytest.raises(ValueError, match="The oracle needs stages="):
        oracle.plan()
    with pytest.raises(ValueError, match=r"over stages \(2, 4\), but the supernet has \(2, 2\)"):
        oracle_in().plan((2, 2))


def test_a_search_that_is_taken_up_needs_little_memory_for_what_has_ended(tmp_path):
    def begun():
        oracle = get("random", (5, 5, 6), "accuracy", max_steps=9, samples_per_step=64, seed=0)
        oracle._set_project_dir(str(tmp_path), "search")
        return oracle

    ledger = begun().ledger
    for _ in range(512):
        job = ledger.issue("me")
        ledger.end(job.id, {"accuracy": job.scheme.density, "loss": 1.0})
    ledger.store.close()
    oracle = begun()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = oracle.ledger, oracle.evaluations()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert (len(kept[1]), len(oracle.trials)) == (512, 512)
    assert taken / 512 < 1500  # Bytes.
    trial = oracle.trials[kept[1][3].trial]
    assert (trial.status, trial.score) == ("COMPLETED", kept[1][3].parts["objective"])
    assert best_metrics(trial) == kept[1][3].metrics
