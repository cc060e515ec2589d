"""State as plain JSON: arrays, random generators and nested parts, equal bit for bit after a round trip."""

import base64
import json
from typing import Any, ClassVar

import numpy as np

from keras_ean.scheme import Scheme


class Stateful:
    """Something whose mutable attributes, named in `stateful`, can be taken out and put back.

    Values may be JSON values, schemes, NumPy arrays, NumPy generators, and other `Stateful` objects.

    Example:
        >>> class Counter(Stateful):
        ...     stateful = ("count",)
        ...     count = np.zeros(2)
        >>> counter = Counter()
        >>> packed = pack(counter.state())
        >>> counter.count = counter.count + 1
        >>> counter.restore(unpack(packed))
        >>> counter.count
        array([0., 0.])
    """

    stateful: ClassVar[tuple[str, ...]] = ()

    def state(self) -> dict[str, Any]:
        return {name: _taken(getattr(self, name)) for name in self.stateful}

    def restore(self, state: dict[str, Any]) -> None:
        for name in self.stateful:
            value = getattr(self, name)
            if isinstance(value, Stateful):
                value.restore(state[name])
            elif isinstance(value, np.random.Generator):
                value.bit_generator.state = state[name]
            else:
                setattr(self, name, state[name])


def _taken(value: Any) -> Any:
    if isinstance(value, Stateful):
        return value.state()
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    return value


def pack(state: Any) -> str:
    """JSON; a scheme becomes {"scheme": its text}, an array {"array": base64 of its bytes, "dtype", "shape"}."""
    return json.dumps(state, default=_encode, separators=(",", ":"))


def unpack(text: str) -> Any:
    """What `pack` was given; tuples come back as lists."""
    return json.loads(text, object_hook=_decode)


def _encode(value: Any) -> Any:
    if isinstance(value, Scheme):
        return {"scheme": str(value)}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": data, "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"State is made of JSON values, schemes and NumPy arrays, not {type(value).__name__}.")


def _decode(value: dict) -> Any:
    if value.keys() == {"scheme"}:
        return Scheme(value["scheme"])
    if value.keys() == {"array", "dtype", "shape"}:
        data = base64.b64decode(value["array"])
        return np.frombuffer(data, dtype=value["dtype"]).reshape(value["shape"]).copy()
    return value
