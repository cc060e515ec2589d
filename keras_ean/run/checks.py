"""Every name and option of a configuration, checked before any work; nothing that is heavy is built or read."""

import inspect

import keras

from keras_ean.attention.base import REGISTRY as MODULES
from keras_ean.exporting.base import REGISTRY as FORMATS
from keras_ean.registry import unknown
from keras_ean.run.config import GIVEN, Config, Search
from keras_ean.search.evaluators import OFFERED, evaluators
from keras_ean.search.host.oracles import oracle_class
from keras_ean.supernet import sampling


def check_names(config: Config) -> None:
    """ValueError for an unknown name or option of attention module, oracle, evaluator, sampling and export formats.

    Backbone, recipes and data are checked where they are resolved (`Architecture`, `keras_ean.data.prepare`).
    """
    MODULES.check(config.attention.name, config.attention.options)
    sampling.get(config.sampling)
    check_oracle(config.search)
    check_evaluator(config.search)
    for name in config.export:
        FORMATS.check(name, {})


def check_oracle(search: Search) -> None:
    """ValueError for an unknown oracle, an option that it does not have, or a cost that cannot be told here."""
    known = set(inspect.signature(oracle_class(search.oracle)).parameters) - set(GIVEN)
    for option in search.options:
        if option not in known:
            raise ValueError(f"oracle {search.oracle!r}: {unknown('option', option, known)}")
    if search.reward and "flops" in search.reward.costs and keras.backend.backend() == "torch":
        raise ValueError("FLOPs are counted on TensorFlow and JAX, not on PyTorch; leave the cost flops out.")


def check_evaluator(search: Search) -> None:
    """ValueError for an unknown evaluator, an option that it does not have or that the run gives, or a search that
    gives up early with an evaluator that has nothing to save by it."""
    name, options = search.evaluator.name, search.evaluator.options
    evaluator = evaluators.check(name, options)
    for option in options:
        if option in OFFERED:
            raise ValueError(f"search.evaluator.{option} is no option here: the run gives it.")
    if search.early_stopping and evaluator.noisy:
        raise ValueError(
            f"search.early_stopping saves validation images, but the evaluator {name!r} trains before it looks at the "
            "first one; leave early_stopping out, or take the evaluator 'supernet'."
        )
