"""How networks are trained: the paper's recipes by name, and short ones."""

import lazy_loader

from keras_ean.recipes.recipe import Recipe
from keras_ean.recipes.table import RECIPES
from keras_ean.registry import look_up

# A recipe is known without Keras, which what it trains by needs.
__getattr__, _, _ = lazy_loader.attach(
    __name__, submod_attrs={"loss": ["SmoothedCrossentropy"], "optimizer": ["CoupledSGD"], "schedules": ["OneCycle"]}
)


def available() -> list[str]:
    """Lists the names of all recipes, in alphabetical order."""
    return sorted(RECIPES)


def get(recipe: str | Recipe) -> Recipe:
    """Gives the recipe of that name. A recipe is frozen: change a copy of it with `dataclasses.replace`.

    Args:
        recipe: One of the names that `available()` lists, or a recipe, which is given back as it is.

    Raises:
        ValueError: The name is unknown; the message lists the known ones.

    Example:
        >>> get("resnet164-cifar").milestones
        (60, 120)
    """
    if isinstance(recipe, Recipe):
        return recipe
    return look_up("recipe", recipe, RECIPES)


__all__ = ["CoupledSGD", "OneCycle", "Recipe", "SmoothedCrossentropy", "available", "get"]
