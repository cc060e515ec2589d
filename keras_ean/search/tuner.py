"""The search as a Keras Tuner tuner: a trial is one evaluation of the frozen supernet under one scheme."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import keras
import keras_tuner
import numpy as np
from keras import ops

from keras_ean.scheme import Scheme
from keras_ean.search.conclusion import Conclusion, conclude
from keras_ean.search.display import SearchBar
from keras_ean.search.distributed import PatientClient, heartbeat, is_chief, is_worker, serve
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.evaluator import SupernetEvaluator
from keras_ean.search.events import EventLog
from keras_ean.search.nsga2 import pareto_front
from keras_ean.search.oracle import SchemeOracle
from keras_ean.search.oracles import SurrogateOracle
from keras_ean.search.screening import Screening
from keras_ean.search.trials import BAR, scheme_of

IDLE_SECONDS = 0.05


class Evaluator(Protocol):
    """What scores schemes: metrics of each, on the first `share` of the validation set."""

    def score(self, schemes: Sequence[Scheme], share: float = 1.0) -> list[dict[str, float]]: ...


class SchemeTuner(keras_tuner.Tuner):
    """Searches the scheme of a trained supernet; each scheme is scored once, ever, also across restarts and workers.

    Run again with the same folder, it goes on where it was stopped. With Keras Tuner's environment variables it is a
    chief or a worker (`keras_ean.search.distributed`), with the same result as in one process.

    Args:
        supernet: a trained supernet; None if `evaluator` does without.
        oracle: the search algorithm; default `SurrogateOracle()`, the best of benchmarks/searchers.md.
        evaluator: any object with `score`; default a `SupernetEvaluator` of the data given to `search`.
        directory, project_name: the search is kept in `<directory>/<project_name>/search.sqlite`.
        overwrite: start anew.
        calibration: images for BatchNorm statistics per scheme (`SupernetEvaluator`).
        batch_size: images per forward pass.
        schemes_per_pass: schemes of one batch scored together at the most.
        screening: score a share of the validation set first and the rest of it for contenders only.
        logs: folder for TensorBoard: rewards, entropy, block probabilities.

    Example:
        >>> class Density:
        ...     def score(self, schemes, share=1.0):
        ...         return [{"accuracy": 1 - abs(scheme.density - 0.5)} for scheme in schemes]
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     oracle = SurrogateOracle((2, 2), max_steps=20, seed=0)
        ...     tuner = SchemeTuner(None, oracle, evaluator=Density(), directory=folder)
        ...     tuner.search(verbose=0)
        ...     tuner.best_scheme().density
        0.5
    """

    def __init__(
        self,
        supernet=None,
        oracle: SchemeOracle | None = None,
        *,
        evaluator: Evaluator | None = None,
        directory: str | Path | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        calibration=None,
        batch_size: int = 256,
        schemes_per_pass: int = 16,
        screening: Screening | None = None,
        logs: str | Path | None = None,
    ):
        oracle = SurrogateOracle() if oracle is None else oracle
        if not isinstance(oracle, SchemeOracle):
            raise ValueError(f"SchemeTuner needs an oracle over schemes, such as ReinforceOracle(), not {oracle!r}.")
        if supernet is None and evaluator is None:
            raise ValueError("SchemeTuner needs a supernet, or an evaluator= that does without one.")
        if supernet is not None:
            oracle.bind(supernet.stages)
            oracle.context["supernet"] = fingerprint(supernet)
        oracle.early_stopping = screening is not None
        oracle.context["screening"] = None if screening is None else screening.settings()
        oracle.logs = None if logs is None or is_worker() else EventLog(logs)
        self.supernet, self.evaluator = supernet, evaluator
        self.calibration, self.batch_size, self.schemes_per_pass = calibration, batch_size, schemes_per_pass
        self.screening = screening
        self.local = oracle
        self.bar: SearchBar | None = None
        super().__init__(
            oracle=oracle,
            directory=str(directory or "."),
            project_name=project_name or "search",
            # Keras Tuner would let a worker delete the chief's folder.
            overwrite=overwrite and not is_worker(),
        )
        if is_worker():
            self.oracle: Any = PatientClient(self.oracle)
        else:
            oracle.reload()

    @property
    def stages(self) -> tuple[int, ...]:
        return self.local.stages

    def search(self, data=None, verbose: int = 1) -> None:
        """Runs the search to its end, or goes on with it.

        Args:
            data: the validation set, (images, labels) or batches of them; not needed with an `evaluator`.
            verbose: 0 for no progress bar.
        """
        if is_chief():
            serve(self.oracle)
            return
        if self.evaluator is None:
            if data is None:
                raise ValueError("search needs the validation set, as in tuner.search((images, labels)).")
            self.evaluator = SupernetEvaluator(self.supernet, data, self.batch_size, self.calibration)
        self.bar = SearchBar(self.local) if verbose and not is_worker() else None
        with self.bar or nullcontext():
            super().search()

    def on_search_begin(self) -> None:
        self.busy = True

    def pre_create_trial(self) -> None:
        if not self.busy:  # The oracle had nothing to score just now: others are still at the batch.
            time.sleep(IDLE_SECONDS)
        self.busy = False

    def on_trial_begin(self, trial) -> None:
        self.busy = True

    def run_trial(self, trial, *args, **kwargs) -> dict[str, float]:
        """Scores the trial's scheme; in one process, together with the schemes of the batch that come next."""
        scheme, bar = scheme_of(trial, self.stages), trial.hyperparameters.values.get(BAR)
        if is_worker():
            with heartbeat(self.oracle, trial.trial_id, self.local.leases.seconds / 4):
                return self._score([scheme], [bar])[0]
        kept = self.oracle.kept_score(scheme)
        if kept is not None:
            return kept
        others = self.oracle.upcoming()[: self.schemes_per_pass - 1]
        bars = [bar, *(self.oracle.bar(other) for other in others)]
        metrics, *ahead = self._score([scheme, *others], bars)
        if ahead:
            self.oracle.keep_scores(dict(zip(others, ahead, strict=True)))
        return metrics

    def _score(self, schemes: Sequence[Scheme], bars: Sequence[float | None]) -> list[dict[str, float]]:
        assert self.evaluator is not None, "search() has not begun"
        if self.screening is None:
            scores = [dict(score) for score in self.evaluator.score(schemes)]
        else:
            scores = self.screening.score(self.evaluator, schemes, bars, self._own(self.local.objective.name))
        for score in scores:
            name = self.local.objective.name
            if name not in score and self._own(name) in score:
                score[name] = score[self._own(name)]
        return scores

    @staticmethod
    def _own(name: str) -> str:
        """The evaluator's name of a metric: Keras calls it val_accuracy when it comes from a validation set."""
        return name.removeprefix("val_")

    def on_trial_end(self, trial) -> None:
        super().on_trial_end(trial)
        if self.bar is not None:
            self.bar.update()

    def best_scheme(self) -> Scheme:
        """The scheme with the highest reward. With noisy rewards that is partly luck: see `conclusion`.

        Raises:
            ValueError: nothing was scored yet.
        """
        best = self.oracle.get_best_trials(1)
        if not best or best[0].status != "COMPLETED":
            raise ValueError("No scheme was scored yet. Run search first.")
        return scheme_of(best[0], self.stages)

    def evaluations(self) -> list[Evaluation]:
        """Every scored scheme with its reward, parts and metrics, in the order of the trials; not on a worker."""
        return self.local.evaluations()

    def conclusion(self) -> Conclusion:
        """The scheme to trust, how sure it is, what random search reaches, and whether there is a signal at all."""
        return conclude(self.evaluations(), self.local.progress.reason)

    def pareto_front(self, axes: Sequence[str] = ("objective", "sparsity")) -> list[Evaluation]:
        """The scored schemes that none beats on every axis; parts of the reward by name, "-" for those to be low."""
        return pareto_front(self.evaluations(), axes)

    def load_model(self, trial) -> keras.Model:
        """The network of a trial's scheme with the supernet's weights."""
        if self.supernet is None:
            raise ValueError("Networks come from the supernet, but this tuner was given none.")
        return self.supernet.extract(scheme_of(trial, self.stages))

    def save_model(self, trial_id: str, model, step: int = 0) -> None:
        """Nothing to do: every network is a part of the supernet."""

    def save(self) -> None:
        """Nothing to do: the oracle's store holds everything."""

    def reload(self) -> None:
        self.local.reload()


def fingerprint(supernet) -> str:
    """Of the supernet's weights: a scheme's score is only good for the supernet it was measured on."""
    digest = hashlib.sha256()
    for weight in supernet.body.weights:
        digest.update(np.ascontiguousarray(ops.convert_to_numpy(weight)).tobytes())
    return digest.hexdigest()[:16]
