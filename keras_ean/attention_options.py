"""Whether options of an attention module are right, told without Keras."""

import inspect

from keras_ean.registry import Registry, look_up

SOURCES = ("image", "mean", "learned")
"""What a gate is computed from: each image, all images of a batch on average, or a vector that is trained."""


def modules_of(name: str) -> list[str]:
    """The names of the modules that a name stands for: "eca+se" has two, at every block.

    Example:
        >>> modules_of("se"), modules_of("eca+se")
        (['se'], ['eca', 'se'])
    """
    return name.split("+")


def per_block(name: str) -> int:
    """How many places every block has for the module of a name."""
    return len(modules_of(name))


def check(name: str, options: dict, modules: Registry) -> None:
    """Raises ValueError for a module that is not among `modules`, or an option that it does not have or refuses."""
    look_up("source", options.get("source", "image"), dict.fromkeys(SOURCES))
    own = {option: value for option, value in options.items() if option != "source"}
    if len(names := modules_of(name)) > 1:
        _check_each(name, names, own, modules)
        return
    parameters = inspect.signature(modules.check(name, own)).parameters
    for option, value in own.items():
        usual = parameters[option].default
        # Reductions, groups and kernels are counts.
        if isinstance(value, int) and value < 1 and isinstance(usual, int) and usual >= 1 and usual is not True:
            raise ValueError(f"attention module {name!r}: {option} is a positive whole number, not {value!r}.")


def _check_each(choice: str, names: list[str], options: dict, modules: Registry) -> None:
    """ValueError unless these are different modules, and the options are by module."""
    if not all(name and name == name.strip() for name in names):
        raise ValueError(f"A choice has names of modules with a plus between them, without blanks, not {choice!r}.")
    if len(set(names)) < len(names):
        raise ValueError(f"A choice has different modules, but {choice!r} names one twice.")
    for option, value in options.items():
        if option not in names or not isinstance(value, dict):
            raise ValueError(
                f"Options of the choice {choice!r} are given by module, such as {names[0]}: {{option: value}}, not "
                f"{option}: {value!r}."
            )
    for name in names:
        check(name, options.get(name, {}), modules)
