"""Whether options of an attention module are right, told without Keras."""

import inspect

from keras_ean.registry import Registry, look_up

SOURCES = ("image", "mean", "learned")
"""What a gate is computed from: each image, all images of a batch on average, or a vector that is trained."""


def check(name: str, options: dict, modules: Registry) -> None:
    """Raises ValueError for a module that is not among `modules`, or an option that it does not have or refuses."""
    look_up("source", options.get("source", "image"), dict.fromkeys(SOURCES))
    own = {option: value for option, value in options.items() if option != "source"}
    parameters = inspect.signature(modules.check(name, own)).parameters
    for option, value in own.items():
        usual = parameters[option].default
        # Reductions, groups and kernels are counts.
        if isinstance(value, int) and value < 1 and isinstance(usual, int) and usual >= 1 and usual is not True:
            raise ValueError(f"attention module {name!r}: {option} is a positive whole number, not {value!r}.")
