"""Bringing the state of a search that an earlier version began up to date, so that it goes on here."""

from typing import Any

from keras_ean.scheme import Scheme


def from_1(state: dict[str, Any]) -> dict[str, Any]:
    """From format 1, which had no number: schemes were lists of bits, evaluators had to keep `schemes_per_pass`, and
    early stopping was called screening.

    Args:
        state: what the table `state` holds, by key.
    """
    state, stages = dict(state), state["settings"]["stages"]
    if "progress" in state:
        phases = state["phases"] = state.pop("progress")
        for part, names in ((phases, ("batch", "failed")), (phases["searcher"], ("members", "current"))):
            part.update({name: _schemes(part[name], stages) for name in names if name in part})
    state["settings"].pop("early_stopping", None)  # Whether there was any, which "screening" says too.
    for settings in (state["settings"], state.get("evaluator", {})):
        settings.pop("schemes_per_pass", None)
        if "screening" in settings:
            settings["early_stopping"] = settings.pop("screening")
    return state


def _schemes(value: Any, stages: list[int]) -> Any:
    """A list of bits, or a list of such lists, with every scheme as `state.pack` writes it."""
    if not value:
        return value
    if isinstance(value[0], list):
        return [_schemes(bits, stages) for bits in value]
    return {"scheme": str(Scheme(value, stages))}
