"""Reading a configuration: a YAML file or nothing but data, plus overrides, with every fault in one message."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keras_ean import data
from keras_ean.run.checks import faults as faults_of_names
from keras_ean.run.config import Config, Named, network_faults
from keras_ean.run.config_faults import fault_of, right_ones
from keras_ean.run.data_paths import located
from keras_ean.run.defaults import Choice, choices
from keras_ean.run.yaml_text import read_yaml
from keras_ean.search.reward import increase

SHORT = {
    "data": "name",
    "backbone": "name",
    "model": "name",
    "attention": "name",
    "pretrain": "recipe",
    "train": "recipe",
}
"""Sections that may be given as one value, and which of their keys it stands for."""


@dataclass(frozen=True)
class Reading:
    """A configuration that was read.

    Args:
        config: The whole configuration.
        chosen: What was chosen for the keys that it leaves open, by key.
    """

    config: Config
    chosen: dict[str, Choice] = field(default_factory=dict)

    def __str__(self) -> str:
        """What was chosen, a line each."""
        return "\n".join(f"chosen: {key}: {choice}" for key, choice in self.chosen.items())


@dataclass(frozen=True)
class Names:
    """What there is to know where names are looked up, beside the configuration.

    Args:
        others: Attention modules that are tried beside its own.
        begun: Whether the run has begun.
        data: Whether the images must be there, too, where all else is right.
    """

    others: Sequence[Named] = ()
    begun: bool = False
    data: bool = True


def example() -> Path:
    """The bundled configuration: digits under random light, ResNet-20, SE."""
    return Path(__file__).parent / "configs" / "digits.yaml"


def load_config(source: str | Path | None = None, overrides: Sequence[str] = ()) -> Config:
    """Reads a configuration from a `source` with `overrides`, as `read_config` does, and gives the `Config` alone.

    Images that a file names may be elsewhere; they are looked for when a run is opened.
    """
    return _from(source, overrides, Names(data=False)).config


def read_config(source: str | Path | None = None, overrides: Sequence[str] = (), begun: bool = False) -> Reading:
    """Reads a configuration, chooses by its images what it leaves open, and gives both: `config` and `chosen`.

    Paths of data are relative to the file that names them, those in overrides to the working folder.

    Args:
        source: The path of a YAML file; or data, as `keras_ean.data.load` takes them, such as a folder of images, for
            which everything is chosen; or "digits", or None, for the bundled example.
        overrides: Keys with other values, such as `search.calibrate=0`. Another name of the data, the backbone or the
            attention module leaves the options of the former one behind.
        begun: Whether a run of it has begun, which keeps a copy of a given model, whose own file may be gone.

    Raises:
        FileNotFoundError: There is nothing at that path.
        ValueError: The file is not YAML, or keys, values or names are wrong; all faults are in one message.
    """
    return _from(source, overrides, Names(begun=begun))


def _from(source: str | Path | None, overrides: Sequence[str], names: Names) -> Reading:
    values, folder = source_values(source)
    values = _overridden(located(_long(values), folder), overrides, bundled=source is None)
    return _read(located(values, Path()), str(source or example()), names=names)


def configured(
    values: dict, overrides: Sequence[str], source: str, others: Sequence[str] = (), begun: bool = False
) -> Config:
    """The configuration in `values` with overrides; ValueError with every fault in one message, those of the names of
    other attention modules included that are tried beside its own. A run that has begun keeps a copy of its model."""
    whole = located(_overridden(_long(values), overrides, bundled=False), Path())
    names = Names([Named(name=name) for name in others], begun)
    return _read(whole, source, lambda values: {}, names).config


def parse_config(values: dict, source: str) -> Config:
    """Checks the keys and `values` of a configuration, and gives it as a `Config`; messages call it `source`.

    Names are looked up when a run is opened, since a finished one is read where its data or its classes may not be.

    Raises:
        ValueError: Keys or values are wrong; all faults are in one message.
    """
    return _read(located(_long(values), Path()), source, lambda values: {}, None).config


def _read(
    values: dict,
    source: str,
    choose: Callable[[dict], dict[str, Choice]] = choices,
    names: Names | None = None,
) -> Reading:
    """Without `names`, these are looked up only where there are other faults to tell."""
    chosen: dict[str, Choice] = {}
    faults: list[str] = []
    try:
        chosen = choose(values)
    except (OSError, ValueError) as error:
        faults.append(f"data: {error}")
    whole = dict(values)
    for key, choice in chosen.items():
        if key == "size":
            whole["data"] = {**whole["data"], key: choice.value}
        else:
            whole[key] = {**choice.value, **(whole.get(key) or {})}
    whole = limited(whole)
    try:
        config = Config.model_validate(whole)
    except ValidationError as error:
        found = error.errors()
        if faults:  # Without data there was nothing to choose by.
            found = [entry for entry in found if entry["type"] != "missing" or len(entry["loc"]) > 1]
        network = [] if faults else network_faults(whole)
        faults += [*(fault_of(entry) for entry in found if entry["loc"]), *network]
        config = right_ones(whole, read_yaml(example().read_text(encoding="utf-8")), error)
    if faults or names is not None:
        faults += _names(config, faults, names or Names())
    if faults:
        raise ValueError(f"{source}: the configuration has faults:\n{_lines(faults)}")
    return Reading(config, chosen)


def limited(values: dict[str, Any]) -> dict[str, Any]:
    """With `max_latency` as a limit of the search, too, unless the reward has one for the latency already.

    What is written wrongly stays as it is, to be told under its own key.
    """
    limit, search = values.get("max_latency"), values.get("search") or {}
    reward = (search.get("reward") or {}) if isinstance(search, dict) else None
    prices = (reward.get("costs") or {}) if isinstance(reward, dict) else None
    if not isinstance(limit, str) or not isinstance(reward, dict) or not isinstance(prices, dict):
        return values
    try:
        increase(limit)
    except ValueError:
        return values
    # In a given model a connection has no price unless the reward gives it one.
    usual = {} if values.get("model") is None else {"sparsity_weight": 0.0}
    own = {**usual, **reward, "costs": {"latency": {"limit": limit}, **prices}}
    return {**values, "search": {**search, "reward": own}}


def _names(config: Config, said: Sequence[str], names: Names) -> list[str]:
    """Faults of names and options, but for keys of which something was said."""
    keys = {line.partition(":")[0] for line in said}
    found = faults_of_names(config, names.begun, names.others, images=names.data)
    if (found or said) and not names.data:  # Whoever has to change the file is told everything.
        found = faults_of_names(config, names.begun, names.others)
    return [line for line in found if line.partition(":")[0] not in keys]


def source_values(source: str | Path | None) -> tuple[dict, Path]:
    """What a source says, and the folder that its paths are relative to; of a file or folder, known without Keras.

    Raises:
        FileNotFoundError: There is nothing at that path.
        ValueError: The file is not YAML, or holds no configuration.
    """
    if source is None or str(source) == "digits":
        return read_yaml(example().read_text(encoding="utf-8")), Path()
    path = Path(source).expanduser()
    if path.is_dir() and (path / "config.yaml").is_file() and (path / "versions.json").is_file():
        raise ValueError(f"{path} holds a run; go on with it by: keras-ean run --out {path}")
    if path.is_dir() or path.suffix == ".npz":
        return {"data": {"name": str(source)}}, Path()
    if not path.is_file():
        if path.suffix == "" and str(source) in _data_sets():
            return {"data": {"name": str(source)}}, Path()
        raise FileNotFoundError(
            f"There is no configuration {str(source)!r}; give the path of a YAML file, or of a folder of images "
            "(root/class/image)."
        )
    try:
        values = read_yaml(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a YAML file: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds {type(values).__name__}; a configuration is a mapping of keys to values.")
    return values, path.parent


def _data_sets() -> list[str]:
    return data.available()


def _long(values: dict) -> dict:
    """Sections that are given as one value, written out."""
    return {
        key: {SHORT[key]: value} if key in SHORT and isinstance(value, str) else value for key, value in values.items()
    }


def _name(values: dict, key: str) -> Any:
    section = values.get(key)
    return section.get("name") if isinstance(section, dict) else section


def _overridden(values: dict, overrides: Sequence[str], bundled: bool) -> dict:
    """With the overrides, in their order, in place of the values that they name.

    Where they change a name, the options of the former one are left behind, and where they change the data of the
    bundled example, all of it.
    """

    def applied(start: dict) -> dict:
        changed = deepcopy(start)
        for override in overrides:
            _override(changed, override)
        return _long(changed)

    changed = applied(values)
    others = [key for key in ("data", "backbone", "attention") if _name(changed, key) != _name(values, key)]
    kept = {} if bundled and "data" in others else {key: value for key, value in values.items() if key not in others}
    return applied(kept)


def _override(values: dict, override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not all(key.split(".")):
        raise ValueError(f"An override is key=value, such as search.calibrate=0, not {override!r}.")
    *parents, last = key.split(".")
    for parent in parents:
        inner = values.setdefault(parent, {})
        if isinstance(inner, str):
            inner = values[parent] = {SHORT.get(parent, "name"): inner}
        if not isinstance(inner, dict):
            raise ValueError(f"{override!r}: {parent!r} is {inner!r}, which has no keys of its own to set.")
        values = inner
    try:
        values[last] = read_yaml(text)
    except ValueError as error:
        raise ValueError(f"{override!r}: the value cannot be read as YAML: {error}; put text in quotes.") from None


def _lines(faults: Sequence[str]) -> str:
    return "\n".join(f"  {fault}" for fault in faults)
