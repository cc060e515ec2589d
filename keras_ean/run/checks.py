"""Every name and option of a configuration, checked before any work; nothing that is heavy is built or read."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from keras_ean import attention, backbones, data, recipes
from keras_ean.exporting.formats import REGISTRY as FORMATS
from keras_ean.registry import check_known
from keras_ean.run.config import GIVEN, Config, Search
from keras_ean.run.model_source import GIVEN_IMAGES, is_function
from keras_ean.run.open_model import check_model
from keras_ean.search.costs import unmeasured
from keras_ean.search.evaluators import OFFERED, evaluators
from keras_ean.search.host.oracle import check_limits, own_options
from keras_ean.search.host.oracles import oracle_class
from keras_ean.search.reward import Reward
from keras_ean.supernet import sampling


def check_names(config: Config, begun: bool = False) -> None:
    """ValueError, with all faults in one message, for unknown names and options anywhere.

    Args:
        config: The configuration of a run.
        begun: Whether it has begun, so that it has a copy of a given model, whose own file may be gone.
    """
    source, found = config.model, faults(config)
    if source is not None and source.digest is None and not begun:
        found = [*_told("model", lambda: check_model(source)), *found]
    if not found and not begun:
        found = [one for name in config.export for one in _told("export", FORMATS.check(name, {}).require)]
    if found:
        raise ValueError(
            found[0]
            if len(found) == 1
            else "\n".join(["The configuration has faults:", *(f"  {one}" for one in found)])
        )


def faults(config: Config) -> list[str]:
    """What is wrong with names and options, each with the key where it stands."""
    checks: list[tuple[str, Callable[[], object]]] = [
        ("data", lambda: check_source(config)),
        ("backbone", lambda: config.backbone and backbones.get(config.backbone.name, **config.backbone.options)),
        ("attention", lambda: attention.check(config.attention.name, config.attention.options)),
        ("sampling", lambda: sampling.get(config.sampling)),
        ("pretrain.recipe", lambda: config.pretrain and recipes.get(config.pretrain.recipe)),
        ("train.recipe", lambda: config.train and recipes.get(config.train.recipe)),
        ("search", lambda: check_oracle(config)),
        ("search.evaluator", lambda: check_evaluator(config.search)),
        *(("export", lambda name=name: FORMATS.check(name, {})) for name in config.export),
    ]
    return [fault for key, check in checks for fault in _told(key, check)]


def _told(key: str, check: Callable[[], Any]) -> list[str]:
    """What a check raises, with the key where the fault stands."""
    try:
        check()
    except (ValueError, OSError, ImportError, TypeError) as error:
        return [f"{key}: {error}"]
    return []


def check_source(config: Config) -> None:
    """OSError or ValueError for data that are not there; what is given in Python, or made by a function, is."""
    if config.model is None or not (config.data.name == GIVEN_IMAGES or is_function(config.data.name)):
        data.prepare(config.data.name, **config.data.options)


def check_oracle(config: Config) -> None:
    """ValueError for an unknown oracle, an option that it does not have, or the value of one that it refuses."""
    search = config.search
    kind = oracle_class(search.oracle)
    known = set(inspect.signature(kind).parameters) - set(GIVEN)
    check_known(f"oracle {search.oracle!r}", kind, search.options, known)
    given = {name: search.options[name] for name in ("max_steps", "max_schemes", "lease") if name in search.options}
    check_limits(**given)
    own = {name: search.options[name] for name in own_options(kind.searcher_class) if name in search.options}
    searcher = kind.searcher_class(_stages(config), samples=search.options.get("samples_per_step", 3), **own)
    searcher.check_parts(Reward(costs=unmeasured(search.reward.costs if search.reward else ())).names)


def _stages(config: Config) -> tuple[int, ...]:
    """The stages of the backbone; any, where a model is given, or the backbone is wrong, which its own key tells."""
    if config.backbone is not None:
        with suppress(ValueError, TypeError):
            return backbones.get(config.backbone.name, **config.backbone.options).stages
    return (8,)


def check_evaluator(search: Search) -> None:
    """ValueError for an unknown evaluator, an option that it does not have or that the run gives, a backend that it
    cannot score on, or a search that gives up early with an evaluator that has nothing to save by it."""
    name, options = search.evaluator.name, search.evaluator.options
    evaluator = evaluators.check(name, options)
    evaluator.check_backend()
    for option in options:
        if option in OFFERED:
            raise ValueError(f"{option} is no option here, since the run sets it by itself: leave it out.")
    if search.early_stopping and evaluator.noisy:
        raise ValueError(
            f"{name!r} trains before it looks at the first validation image, so search.early_stopping would save "
            "nothing; leave that out, or take the evaluator 'supernet'."
        )
