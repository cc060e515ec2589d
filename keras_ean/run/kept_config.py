"""The configuration that a run folder keeps, read in all its formats and compared with another."""


def from_1(values: dict) -> dict:
    """The configuration of a run of format 1, whose networks were trained from scratch by a recipe's own epochs."""
    from keras_ean import recipes  # Here, since they import Keras.

    train = dict(values.get("train") or {})
    train.setdefault("epochs", None)
    if train["epochs"] is None and train.get("recipe") in recipes.available():
        train["epochs"] = recipes.get(train["recipe"]).epochs
    return {"start": "scratch", "compare": [], **values, "train": train}


def differences(old: dict, new: dict, prefix: str = "") -> list[str]:
    """What is not the same in two configurations, a line for each key."""
    lines = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            lines += differences(before, after, f"{prefix}{key}.")
        elif before != after:
            lines.append(f"{prefix}{key}: {before!r} there, {after!r} asked for")
    return lines


def flattened(values: dict, prefix: str = "") -> dict:
    """The values by their keys of all levels, as a command names them.

    Example:
        >>> flattened({"seed": 1, "backbone": {"name": "resnet8", "width": 4}})
        {'seed': 1, 'backbone.name': 'resnet8', 'backbone.width': 4}
    """
    flat: dict = {}
    for key, value in values.items():
        flat |= flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
