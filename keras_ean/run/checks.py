"""Every name and option of a configuration, checked before any work; nothing that is heavy is built or read."""

import inspect

import keras

from keras_ean import attention
from keras_ean.exporting.base import REGISTRY as FORMATS
from keras_ean.registry import unknown
from keras_ean.run.config import GIVEN, Config, Search
from keras_ean.search.host.oracles import oracle_class
from keras_ean.supernet import sampling


def check_names(config: Config) -> None:
    """ValueError for an unknown name or option of attention module, search, sampling and export formats.

    Backbone, recipes and data are checked where they are resolved (`Architecture`, `keras_ean.data.prepare`).
    """
    attention.check(config.attention.name, config.attention.options)
    sampling.get(config.sampling)
    check_oracle(config.search)
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
