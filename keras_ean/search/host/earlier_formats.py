"""Bringing the state of a search that an earlier version began up to date, so that it goes on here."""

from typing import Any

from keras_ean.scheme import Scheme


def from_1(state: dict[str, Any]) -> dict[str, Any]:
    """Reads format 1, which had no number: schemes were lists of bits, evaluators had to keep `schemes_per_pass`, and
    early stopping was called screening.

    Args:
        state: What the table `state` holds, by key.
    """
    state, stages = dict(state), state["settings"]["stages"]
    if "progress" in state:
        phases = state["phases"] = state.pop("progress")
        for part, names in ((phases, ("batch", "failed")), (phases["searcher"], ("members", "current"))):
            part.update({name: _schemes(part[name], stages) for name in names if name in part})
    state["settings"].pop("early_stopping", None)  # Whether there was any, which "screening" says too.
    for settings in (state["settings"], state.get("evaluator", {})):
        if "screening" in settings:
            settings["early_stopping"] = settings.pop("screening")
    for name in ("schemes_per_pass", "repeats", "contenders"):
        state.get("evaluator", {}).pop(name, None)
    return state


def _schemes(value: Any, stages: list[int]) -> Any:
    """The scheme of a list of bits, or the schemes of a list of such lists."""
    if not value:
        return value
    if isinstance(value[0], list):
        return [_schemes(bits, stages) for bits in value]
    return Scheme(value, stages)
