"""Taking up the search of a folder: all that an oracle holds in memory, from its store."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from keras_ean.scheme import Scheme
from keras_ean.search.host.settings import check_settings
from keras_ean.search.host.trials import new_trial, report
from keras_ean.search.state import unpack

if TYPE_CHECKING:
    from keras_ean.search.host.oracle import SchemeOracle


def resume(oracle: "SchemeOracle", where: str) -> None:
    """Brings the oracle to where its store stands; a new store is given the oracle's settings.

    What the user left open (the seed, whether random search is run) and what was measured (prices) is what it was.

    Raises:
        ValueError: other settings than those of the search in the store.
    """
    store, stored = oracle.store, oracle.store.value("settings")
    if stored is None:
        with store.transaction():
            store.put("settings", oracle.settings())
            store.put("prices", oracle.reward.prices())
        return
    for name in oracle.open_settings:
        setattr(oracle, name, stored[name])
    oracle.reward = oracle.reward.at(store.value("prices") or {})
    check_settings(stored, json.loads(json.dumps(oracle.settings())), where)
    progress = oracle.progress = oracle.new_progress()
    for evaluation in (*store.evaluations(), *store.repeats()):
        progress.record(evaluation)
    for step in store.steps():
        for text in step["schemes"]:
            bits = tuple(map(int, text))
            progress.searcher.history.setdefault(bits, progress.memo[bits])
    if (state := store.text("progress")) is not None:
        progress.restore(unpack(state))
    for row in store.trials():
        _restore_trial(oracle, row)


def _restore_trial(oracle: "SchemeOracle", row: Mapping[str, Any]) -> None:
    bits, repeat = Scheme(row["scheme"], oracle.stages).bits, row["repeat"]
    trial = new_trial(oracle.hyperparameters, row["id"], bits, repeat=repeat)
    trial.status, trial.message = row["status"], row["message"]
    oracle.add(trial, bits, repeat)
    oracle._run_times[trial.trial_id] = row["attempts"]
    if trial.status != "RUNNING":
        oracle.end_order.append(trial.trial_id)
    elif row["tuner"] and "KERASTUNER_ORACLE_IP" in os.environ:
        # A chief that comes back: the worker is probably still at it, and keeps the trial for a lease.
        oracle.hold(trial, row["tuner"])
    else:
        oracle._retry_queue.append(trial.trial_id)
    if trial.status == "COMPLETED":
        evaluation = oracle.progress.repeated[bits, repeat] if repeat else oracle.progress.memo[bits]
        report(trial, evaluation.metrics, oracle.objective)
        trial.score = oracle.score_of(evaluation)
