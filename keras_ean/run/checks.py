"""Every name and option of a configuration, checked before any work; nothing that is heavy is built or read.

It is known without Keras, so that whoever has mistyped a name need not wait for TensorFlow.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from keras_ean import attention_options, backbones, data, outline, recipes
from keras_ean.registry import Registry, check_known, look_up
from keras_ean.run.config import Config, Named
from keras_ean.run.model_file import register_file
from keras_ean.run.model_source import GIVEN_IMAGES, check_function, check_model, is_function
from keras_ean.run.search_config import GIVEN, Search
from keras_ean.search import algorithms
from keras_ean.search.algorithms.options import check_limits, own_options, signature
from keras_ean.search.offered import OFFERED
from keras_ean.search.reward import Reward, unmeasured


def check_names(config: Config, begun: bool = False) -> None:
    """ValueError, with all faults in one message, for unknown names and options anywhere, and for what this backend or
    this machine cannot do.

    Args:
        config: The configuration of a run.
        begun: Whether it has begun, so that it has a copy of a given model, whose own file may be gone.
    """
    from keras_ean.exporting.formats import REGISTRY
    from keras_ean.search.evaluators import lookup

    files = [Path(file) for file in config.model.imports if Path(file).is_file()] if config.model else []
    found = [one for file in files for one in _told("model.imports", partial(register_file, file))]
    found += faults(config, begun, imported=True)
    if not found:
        found = _told("search.evaluator", lookup(config.search.evaluator.name).check_backend)
    if not found and not begun:
        found = [one for name in config.export for one in _told("export", REGISTRY.lookup(name).require)]
    if found:
        raise ValueError(
            found[0]
            if len(found) == 1
            else "\n".join(["The configuration has faults:", *(f"  {one}" for one in found)])
        )


def faults(
    config: Config, begun: bool = False, others: Iterable[Named] = (), imported: bool = False, images: bool = True
) -> list[str]:
    """What is wrong with names and options, each with the key where it stands.

    Args:
        config: The configuration of a run.
        begun: Whether it has begun.
        others: Attention modules that are tried beside the configuration's own.
        imported: Whether the files of `model.imports` have been imported, which may register attention modules.
        images: Whether the images must be there.
    """
    formats = outline.registry("export format", "keras_ean.exporting.formats")
    sampling = outline.decorated(outline.ROOT / "supernet" / "sampling.py", "strategy")
    later = config.model is not None and config.model.imports and not imported
    asked = () if later else (config.attention, *others)
    checks: list[tuple[str, Callable[[], object]]] = [
        *([] if begun else [("model", lambda: check_given(config))]),
        ("data", lambda: check_source(config, images)),
        ("backbone", lambda: config.backbone and backbones.get(config.backbone.name, **config.backbone.options)),
        *(("attention", partial(check_attention, named)) for named in asked),
        ("sampling", lambda: look_up("sampling", config.sampling, dict.fromkeys(sampling))),
        ("pretrain.recipe", lambda: config.pretrain and recipes.get(config.pretrain.recipe)),
        ("train.recipe", lambda: config.train and recipes.get(config.train.recipe)),
        ("shrinking", lambda: check_shrinking(config)),
        ("search", lambda: check_oracle(config)),
        ("search.evaluator", lambda: check_evaluator(config.search)),
        *(("export", lambda name=name: formats.lookup(name)) for name in config.export),
    ]
    return [fault for key, check in checks for fault in _told(key, check)]


def _told(key: str, check: Callable[[], Any]) -> list[str]:
    """What a check raises, with the key where the fault stands."""
    try:
        check()
    except (ValueError, OSError, ImportError, TypeError) as error:
        return [f"{key}: {error}"]
    return []


def check_given(config: Config) -> None:
    """FileNotFoundError, ImportError or ValueError for a given model that is not there."""
    if config.model is not None and config.model.digest is None:
        check_model(config.model)


def check_source(config: Config, there: bool = True) -> None:
    """OSError, ImportError or ValueError for data that are wrong, or not there unless they need not be; what is given
    in Python is."""
    if config.model is not None and config.data.name == GIVEN_IMAGES:
        return
    if config.model is not None and is_function(config.data.name):
        if config.data.options:
            raise ValueError(
                f"the function {config.data.name} takes no options, but was given {', '.join(config.data.options)}: "
                "let it make the images as they should be."
            )
        check_function(config.data.name)
        return
    if config.model is not None and config.data.options.get("normalize"):
        raise ValueError(
            "normalize is no option of images for a given model, which takes them as model.pixels says: leave it out, "
            "or write model.pixels: normalized."
        )
    try:
        data.prepare(config.data.name, **config.data.options)
    except FileNotFoundError:
        if there:
            raise


def check_attention(asked: Named) -> None:
    """ValueError for an unknown module or option."""
    attention_options.check(asked.name, asked.options, outline.registry("attention module", "keras_ean.attention"))


def check_shrinking(config: Config) -> None:
    """ValueError where no supernet is trained, where it is trained with attention everywhere, or where its training has
    no epochs for so many looks."""
    if config.shrinking is None or config.pretrain is None:
        return
    name, trained = config.search.evaluator.name, True
    with suppress(ValueError):  # An unknown one is told at its own key.
        trained = config.start == "supernet" or _evaluators().lookup(name).pretrained
    if not trained:
        raise ValueError(
            f"blocks leave while a supernet trains, but with start: scratch and the evaluator {name!r} none is "
            "trained: leave shrinking out, or take start: supernet."
        )
    if config.sampling == "everywhere":
        raise ValueError(
            "a block that has left is off, but sampling: everywhere trains with attention in every block: leave "
            "shrinking out, or take sampling: bernoulli."
        )
    epochs = config.pretrain.epochs or recipes.get(config.pretrain.recipe).epochs
    if epochs <= config.shrinking.looks:
        raise ValueError(
            f"{config.shrinking.looks} looks before the last epoch take more epochs than that, but pretrain.epochs "
            f"is {epochs}: train longer, or give fewer looks."
        )


def _evaluators() -> Registry:
    return outline.registry("evaluator", "keras_ean.search.evaluators", "evaluators")


def check_oracle(config: Config) -> None:
    """ValueError for an unknown oracle, an option that it does not have, or the value of one that it refuses."""
    search = config.search
    kind = algorithms.lookup(search.oracle)
    common = outline.outlines(outline.ROOT / "search" / "host" / "oracle.py")["SchemeOracle"]
    arguments = signature(kind, common)
    oracle = type("Oracle", (), {"__signature__": arguments})
    check_known(f"oracle {search.oracle!r}", oracle, search.options, set(arguments.parameters) - set(GIVEN))
    given = {
        name: search.options[name]
        for name in ("max_steps", "max_schemes", "lease", "tolerance")
        if name in search.options
    }
    check_limits(**given)
    own = {name: search.options[name] for name in own_options(kind) if name in search.options}
    searcher = kind(_stages(config), samples=search.options.get("samples_per_step", 3), **own)
    searcher.check_parts(Reward(costs=unmeasured(search.reward.costs if search.reward else ())).names)


def _stages(config: Config) -> tuple[int, ...]:
    """The places in each stage; any, where a model is given, or the backbone is wrong, which its own key tells."""
    if config.backbone is not None:
        with suppress(ValueError, TypeError):
            stages = backbones.get(config.backbone.name, **config.backbone.options).stages
            return tuple(attention_options.per_block(config.attention.name) * blocks for blocks in stages)
    return (8,)


def check_evaluator(search: Search) -> None:
    """ValueError for an unknown evaluator, an option that it does not have or that the run gives, or a search that
    gives up early, or races, with an evaluator that cannot."""
    name, options = search.evaluator.name, search.evaluator.options
    evaluator = _evaluators().check(name, options)
    for option in options:
        if option in OFFERED:
            raise ValueError(f"{option} is no option here, since the run sets it by itself: leave it out.")
    if search.early_stopping and evaluator.noisy:
        raise ValueError(
            f"{name!r} trains before it looks at the first validation image, so search.early_stopping would save "
            "nothing; leave that out, or take the evaluator 'supernet'."
        )
    if search.racing and not evaluator.by_image:
        raise ValueError(
            f"{name!r} does not tell its scores image by image, which search.racing needs; leave that out, or take the "
            "evaluator 'supernet' or 'held'."
        )
