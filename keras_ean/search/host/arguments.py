"""What Keras Tuner's users give to a tuner and to its `search`, read as a search of schemes reads it."""

from collections.abc import Mapping
from typing import Any

from keras_ean.search.evaluators.base import Evaluator
from keras_ean.search.evaluators.early_stopping import EarlyStopping
from keras_ean.search.evaluators.racing import Racing
from keras_ean.search.host.oracle import SchemeOracle
from keras_ean.search.host.oracles import get
from keras_ean.search.host.plan import Plan

OF_TRAINING = {
    "epochs": "a search trains nothing",
    "batch_size": "give it to SchemeTuner",
    "validation_split": "give validation_data=",
    "class_weight": "a search trains nothing",
    "steps_per_epoch": "a search trains nothing",
    "shuffle": "a search trains nothing",
}
"""Arguments of `fit`, and why a search has none."""


def validation_set(x: Any, y: Any, validation_data: Any, others: Mapping[str, Any]) -> Any:
    """The data that schemes are scored on: `validation_data`, else (x, y), else x alone.

    Raises:
        TypeError: Arguments of a training, or unknown ones.

    Example:
        >>> validation_set("images", "labels", None, {})
        ('images', 'labels')
    """
    for name in others:
        why = OF_TRAINING.get(name, "there is no such argument")
        raise TypeError(
            f"search(… {name}=…): {why}. A trained supernet is scored, as in tuner.search((images, labels))."
        )
    if validation_data is not None:
        return validation_data
    return x if y is None else (x, y)


def oracle_of(oracle: SchemeOracle | None, options: Mapping[str, Any]) -> SchemeOracle:
    """The oracle that was given, or the default one with these options, among them Keras Tuner's `max_trials`.

    Raises:
        TypeError: Options beside an oracle, or a hypermodel.
        ValueError: No oracle over schemes, or unknown options.

    Example:
        >>> oracle_of(None, {"objective": "val_loss", "max_trials": 20}).objective.direction
        'min'
    """
    if "hypermodel" in options:
        raise TypeError(
            "SchemeTuner searches a trained supernet, SchemeTuner(supernet, …): to train each scheme, give "
            "ean.search.SchemeHyperModel(…) to a tuner of Keras Tuner's own."
        )
    if oracle is None:
        renamed = {"max_schemes" if name == "max_trials" else name: value for name, value in options.items()}
        return get("surrogate", **renamed)
    if not isinstance(oracle, SchemeOracle):
        raise ValueError(f"SchemeTuner needs an oracle over schemes, such as ReinforceOracle(), not {oracle!r}.")
    if options:
        raise TypeError(
            f"SchemeTuner has no argument {next(iter(options))!r} beside an oracle: what is searched for, and for how "
            f"long, is the oracle's, as in {type(oracle).__name__}(objective=…, max_schemes=…)."
        )
    return oracle


def check_scoring(supernet: Any, evaluator: Evaluator | type[Evaluator] | None, rule: Any = None) -> None:
    """ValueError unless there is something to score schemes with, and the rule by which they are given up is one."""
    if supernet is None and evaluator is None:
        raise ValueError("SchemeTuner needs a supernet, or an evaluator= that does without one.")
    kind = evaluator if isinstance(evaluator, type) else type(evaluator)
    if evaluator is not None and not issubclass(kind, Evaluator):
        raise ValueError(f"evaluator= is an ean.search.Evaluator: derive your class from it, not {evaluator!r}.")
    if not isinstance(rule, EarlyStopping | Racing | None):
        raise ValueError(f"early_stopping= is ean.search.Racing(…), EarlyStopping(…) or None, not {rule!r}.")


def check_early_stopping(rule: EarlyStopping | Racing | None, plan: Plan) -> None:
    """ValueError where a scheme cannot be given up early: for EarlyStopping, whose margin is that of an accuracy, where
    less of the objective is better; for any rule where the objective that a scheme needs is not known."""
    if rule is not None and plan.reward.function is not None:
        raise ValueError(
            "early_stopping= gives up a scheme whose objective cannot reach what the best reward asks for. With a "
            "reward of your own, Reward(function=…), that is not known: leave one of them out."
        )
    if isinstance(rule, EarlyStopping) and plan.direction == "min":
        raise ValueError(
            f"early_stopping=EarlyStopping(…) compares accuracies, but less {plan.objective} is better: take "
            "Racing(…), which compares losses, too, or leave it out."
        )


def check_made(evaluator: Any, rule: EarlyStopping | Racing | None) -> None:
    """ValueError for the class of an evaluator, where one is needed that scores, or one that the rule cannot use."""
    if isinstance(evaluator, type):
        raise ValueError(f"search needs an evaluator to score with, but evaluator= is the class {evaluator.__name__}.")
    if rule is not None:
        rule.images_of(evaluator)
