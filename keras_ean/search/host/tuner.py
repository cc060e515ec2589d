"""The search as a Keras Tuner tuner: a trial is one evaluation of the frozen supernet under one scheme."""

import time
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras import ops

from keras_ean.data.digest import digest
from keras_ean.scheme import Scheme
from keras_ean.search.algorithms.nsga2 import pareto_front
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.choose import choose_evaluator
from keras_ean.search.evaluators.early_stopping import EarlyStopping
from keras_ean.search.evaluators.racing import Racing
from keras_ean.search.evaluators.scored import scored
from keras_ean.search.host.arguments import check_early_stopping, check_made, check_scoring, oracle_of, validation_set
from keras_ean.search.host.distributed import (
    PatientStub,
    SearchOver,
    evaluator_message,
    heartbeat,
    is_chief,
    is_worker,
    serve,
)
from keras_ean.search.host.glance import glance
from keras_ean.search.host.ledger import Ledger
from keras_ean.search.host.oracle import SchemeOracle
from keras_ean.search.host.search_bar import SearchBar
from keras_ean.search.host.store import FILE
from keras_ean.search.host.told import Told
from keras_ean.search.host.trials import BAR, LEADER, give_answers, repeat_of, scheme_of
from keras_ean.search.outcome.conclusion import Conclusion, NoSignalWarning, conclude
from keras_ean.search.outcome.differences import summary
from keras_ean.tracking import TensorBoard, Tracker
from keras_ean.training.time_limit import TimeLimit


class SchemeTuner(keras_tuner.Tuner):
    """Searches the best scheme of a trained supernet; what was scored is kept, also across restarts and workers.

    Run again with the same folder, it goes on where it was stopped. With Keras Tuner's environment variables it is a
    chief or a worker (`keras_ean.search.host.distributed`), with the same result as in one process.

    Args:
        supernet: The trained supernet; None if `evaluator` does without.
        oracle: The search algorithm; None takes a `SurrogateOracle`, the best one in benchmarks/searchers.md.
        evaluator: What scores schemes; None scores by the supernet's compiled loss and metrics on the data given to
            `search`, with a fast `SupernetEvaluator` for the accuracy of a classifier, else with a `TaskEvaluator`. The
            class of an evaluator will do where nothing is scored: in a chief, or to read what was found.
        directory, project_name: The search is kept in `<directory>/<project_name>/search.sqlite`; default: `./search`.
        overwrite: Whether a search in the folder is thrown away, instead of going on with it.
        calibration: The images on which each scheme's BatchNorm statistics are estimated anew; None keeps the old ones.
        batch_size: The number of images in a forward pass.
        schemes_per_pass: The number of schemes that one pass over the validation set covers (`SupernetEvaluator`).
        early_stopping: How hopeless schemes are given up, `EarlyStopping` or `Racing`; None gives up none.
        logs: The folder for TensorBoard's files on rewards, policy, schemes and trials; None writes none.
        tracker: A tracker of your own (`keras_ean.tracking.Tracker`), which is told the same.
        contenders, repeats: How many schemes a noisy evaluator scores again at the end, and how often each.
        limit: The time after which the search stops between two trials, with `OutOfTime`, to go on with the same call.
        options: The options of the default oracle, if `oracle` is None: `objective`, `seed`, `max_trials` (the search
            ends with the batch in which it has scored so many schemes), and all others of `SurrogateOracle`.

    Example:
        >>> class Density(Evaluator):
        ...     def score(self, schemes, share=1.0, repeat=0):
        ...         return [{"accuracy": 1 - abs(scheme.density - 0.5)} for scheme in schemes]
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     tuner = SchemeTuner(None, stages=(2, 2), evaluator=Density(), directory=folder, max_trials=12, seed=0)
        ...     tuner.search(verbose=0)
        ...     tuner.best_scheme().density
        0.5
    """

    def __init__(
        self,
        supernet=None,
        oracle: SchemeOracle | None = None,
        *,
        evaluator: Evaluator | type[Evaluator] | None = None,
        directory: str | Path | None = None,
        project_name: str | None = None,
        overwrite: bool = False,
        calibration=None,
        batch_size: int = 256,
        schemes_per_pass: int | None = None,
        early_stopping: EarlyStopping | Racing | None = None,
        logs: str | Path | None = None,
        tracker: Tracker | None = None,
        contenders: int = 5,
        repeats: int = 3,
        limit: TimeLimit | None = None,
        **options: Any,
    ):
        oracle = oracle_of(oracle, options)
        check_scoring(supernet, evaluator, early_stopping)
        noisy = evaluator is not None and evaluator.noisy
        most = repeats if evaluator is None or evaluator.repeats is None else min(repeats, evaluator.repeats)
        self.facts: dict[str, Any] = {"early_stopping": None if early_stopping is None else early_stopping.settings()}
        if supernet is not None:
            self.facts["supernet"] = digest(ops.convert_to_numpy(weight) for weight in supernet.body.weights)
        self.plan = oracle.plan(
            None if supernet is None else supernet.stages,
            repeats=most if noisy else 0,
            contenders=contenders,
            left_open=() if isinstance(evaluator, Evaluator) else ("repeats", "contenders"),
            early_stopping=early_stopping is not None,
            facts=self.facts,
        )
        check_early_stopping(early_stopping, self.plan)
        self.evaluator: Any = evaluator
        self.supernet, self.evaluator_of_data = supernet, evaluator is None
        self.calibration, self.batch_size, self.schemes_per_pass = calibration, batch_size, schemes_per_pass
        self.early_stopping, self.limit, self.local = early_stopping, limit or TimeLimit(), oracle
        self.bar: SearchBar | None = None
        super().__init__(
            oracle=oracle,
            directory=str(directory or "."),
            project_name=project_name or "search",
            # Keras Tuner would let a worker delete the chief's folder.
            overwrite=overwrite and not is_worker(),
        )
        if is_worker():
            file = Path(self.project_dir) / FILE
            self.oracle: Any
            self.oracle.stub = PatientStub(lambda: not overwrite and glance(file).phase == "done")
        else:
            self.told = Told([TensorBoard(logs) if logs else None, tracker], self.project_name)
            oracle.open(self.plan, self.told.step)

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks in each stage."""
        return self.plan.stages

    @property
    def ledger(self) -> Ledger:
        """This is the record of the search, what was scored and what comes next; a worker has none."""
        return self.local.ledger

    def search(self, x=None, y=None, validation_data=None, callbacks=(), verbose: int = 1, **others) -> None:
        """Runs the search to its end, or goes on with it.

        Args:
            x: The validation set, as `SupernetEvaluator` or `TaskEvaluator` takes it, or its images alone; it is not
                needed with an `evaluator`.
            y: The labels of the images, if they are not in `x`.
            validation_data: The validation set, if `x` and `y` are the training set, which a search does without.
            callbacks: Keras callbacks, whose `on_test_begin` and `on_test_end` are called for each trial.
            verbose: Whether there is a progress bar, 1, or none, 0.
            others: No further arguments are taken; those of `fit` are refused with a reason.

        Raises:
            TypeError: An argument of a training is given, such as `epochs`.
            ValueError: The data do not fit the supernet, which is told before the first trial, or there are none.
        """
        data = validation_set(x, y, validation_data, others)
        self.callbacks = keras.callbacks.CallbackList(list(callbacks), model=self.supernet)
        if is_chief():
            serve(self.oracle)
            return
        if self.evaluator_of_data:
            if data is None:
                raise ValueError("search needs the validation set, as in tuner.search((images, labels)).")
            self.evaluator = choose_evaluator(
                self.supernet,
                data,
                (self.plan.objective, self.plan.direction),
                batch_size=self.batch_size,
                calibration=self.calibration,
                schemes_per_pass=self.schemes_per_pass,
                at_once=self.plan.samples,
            )
        check_made(self.evaluator, self.early_stopping)
        self.bar = SearchBar(self.ledger) if verbose and not is_worker() else None
        with self.bar or nullcontext():
            try:
                super().search()
                if not is_worker():
                    self.told.end(self.ledger)
            except SearchOver:
                print(f"The search in {self.project_dir} has ended; this worker has nothing left to do.")

    def on_search_begin(self) -> None:
        self.busy = True
        self.limit.begin()
        if not is_worker():
            self.oracle.begin()
        self.oracle.update_space(evaluator_message(self._evaluator_settings()))

    def _evaluator_settings(self) -> dict[str, Any]:
        """What every process of the search must score with."""
        facts, images = self.facts, self.evaluator.images
        facts = facts if images is None else {**facts, "images": images}
        return {"evaluator": type(self.evaluator).__name__, **facts, **self.evaluator.settings()}

    def pre_create_trial(self) -> None:
        self.limit.check("the end of the search")
        if not self.busy:  # The oracle had nothing to score just now: others are still at the batch.
            time.sleep(0.05)
        self.busy = False

    def on_trial_begin(self, trial) -> None:
        self.busy = True

    def run_trial(self, trial, *args, **kwargs) -> dict[str, float]:
        """Scores the scheme of Keras Tuner's `trial`; in one process, together with those that come next."""
        self.callbacks.on_test_begin()
        metrics = give_answers(trial, self._score(trial))
        self.callbacks.on_test_end(metrics)
        return metrics

    def _score(self, trial) -> dict[str, Any]:
        scheme, values = scheme_of(trial, self.stages), trial.hyperparameters.values
        bar, told = values.get(BAR), (repeat_of(trial), values.get(LEADER), self.plan.direction)
        if is_worker():
            with heartbeat(self.oracle, trial.trial_id, self.local.lease / 4):
                return self._scores([scheme], [bar], *told)[0]
        if (kept := self.ledger.kept_score(scheme)) is not None:
            return kept
        others = self.ledger.upcoming()[: self.evaluator.schemes_per_pass - 1]
        bars = [bar, *(self.ledger.bar(other) for other in others)]
        metrics, *ahead = self._scores([scheme, *others], bars, *told)
        if ahead:
            self.ledger.keep_scores(dict(zip(others, ahead, strict=True)))
        return metrics

    def _scores(self, schemes: Sequence[Scheme], bars: Sequence[float | None], *told: Any) -> list[dict[str, Any]]:
        return scored(self.evaluator, schemes, self.plan.objective, bars, self.early_stopping, *told)

    def on_trial_end(self, trial) -> None:
        super().on_trial_end(trial)
        self.limit.step()
        if self.bar is not None:
            self.bar.update()

    def best_scheme(self) -> Scheme:
        """Gives the scheme with the highest expected reward, as `conclusion` estimates it.

        Warns:
            NoSignalWarning: What was measured has nothing to do with where attention is connected, so that this scheme
                is as good as any.

        Raises:
            ValueError: No scheme was scored yet.
        """
        conclusion = self.conclusion()
        if conclusion.scheme is None:
            warnings.warn(conclusion.no_signal(), NoSignalWarning, stacklevel=2)
        return conclusion.best

    def evaluations(self) -> list[Evaluation]:
        """Gives every scheme's first score, with reward, parts and metrics, in their order; not on a worker."""
        return self.ledger.evaluations()

    def repeats(self) -> list[Evaluation]:
        """Gives further scores of the contenders by a noisy evaluator, in the order of the trials; not on a worker."""
        return self.ledger.repeats()

    def conclusion(self, images: float | None = None) -> Conclusion:
        """Says which scheme to take, how sure that is, what random search reaches, and whether there is a signal;
        `images` are those of `outcome.conclude`, by default all of the validation set."""
        evaluations, ledger = self.evaluations(), self.ledger
        known = (ledger.evaluator or {}).get("images") if "accuracy" in self.plan.objective else None
        images = known and (images or known)
        drawn = [one.scheme for one in evaluations] if self.local.random_search else ledger.phases.drawn
        plan, reason = ledger.plan, ledger.phases.reason
        return conclude(evaluations, reason, self.repeats(), plan.reward, drawn, images, plan.objective, plan.direction)

    def results_summary(self, num_trials: int = 10) -> None:
        """Prints the `num_trials` schemes with the highest rewards, each with its objective and its reward; and, where
        scores are known image by image, by how much its accuracy differs from the first one's, with the standard error.
        """
        print("\n".join(summary(self.ledger.best(num_trials), self.plan.objective)))

    def pareto_front(self, axes: Sequence[str] = ("objective", "sparsity")) -> list[Evaluation]:
        """Gives the schemes that none beats on all `axes`: parts of the reward, led by "-" where less is better."""
        return pareto_front(self.evaluations(), axes)

    def load_model(self, trial) -> keras.Model:
        """Makes the network of a trial's scheme with the weights of the supernet; without one, it raises ValueError."""
        if self.supernet is None:
            raise ValueError(
                "A network is extracted from the supernet, but this tuner has none: SchemeTuner(supernet, …)."
            )
        scheme = scheme_of(trial, self.stages)
        return self.supernet.extract(scheme, calibrate=self.calibration, batch_size=self.batch_size)

    def save_model(self, *args, **kwargs) -> None:
        """Does nothing, like `save` and `reload`: the supernet and the file of the search hold everything."""

    save = reload = save_model
