"""What happens to a network before it is written: checks, float32, its scheme."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_ean import layer_names
from keras_ean.attention import Attention
from keras_ean.graph.copying import own_objects
from keras_ean.graph.naming import unique
from keras_ean.scheme import Scheme
from keras_ean.supernet.supernet import Supernet


def check(network: keras.Model) -> tuple[int | None, ...]:
    """(height, width, channels) of the network's only input.

    Raises:
        TypeError: The network is no model of Keras 3.
        ValueError: The network is a supernet, is not built, or has another input than one of images.
    """
    if not isinstance(network, keras.Model):
        raise TypeError(f"A network is a keras.Model of Keras 3, not {type(network).__name__}.")
    if isinstance(network, Supernet):
        raise ValueError("A supernet is not exported: extract the network of a scheme first, supernet.extract(scheme).")
    if not network.built or not hasattr(network, "input_shape"):
        raise ValueError(f"The model {network.name!r} has no input shape yet: build it, or call it on images, first.")
    if len(network.inputs) != 1 or len(network.inputs[0].shape) != 4:
        raise ValueError(
            "A network that is exported has one input of images, (batch, height, width, channels), but "
            f"{network.name!r} has inputs {[tuple(x.shape) for x in network.inputs]}."
        )
    return tuple(network.inputs[0].shape[1:])


def unwrapped(network: keras.Model) -> keras.Model:
    """The same network with its only output as a tensor, where it gives that in a dict or a list; several stay."""
    if len(network.outputs) > 1 or isinstance(network, keras.Sequential) or not keras.tree.is_nested(network.output):
        return network
    return keras.Model(network.input, network.outputs[0], name=network.name)


def output_names(network: keras.Model) -> tuple[str, ...]:
    """Names of a network's several outputs, in their order: the keys of a dict, else the layers that give them; none of
    a single one."""
    if len(network.outputs) == 1:
        return ()
    named = isinstance(network.output, dict) and len(network.output) == len(network.outputs)
    found: list[str] = []
    for name in sorted(network.output) if named else network.output_names:
        found.append(unique(name, found))
    return tuple(found)


def reduced_policy(network: keras.Model) -> str | None:
    """The dtype policy of lower precision than float32 that some layer has, or None."""
    for layer in network._flatten_layers():
        if layer.compute_dtype in ("float16", "bfloat16"):
            return layer.dtype_policy.name
    return None


def in_float32(network: keras.Model) -> keras.Model:
    """The same network with the same weights and float32 in every layer."""
    config = _float32(keras.saving.serialize_keras_object(network))
    config.pop("compile_config", None)
    with keras.saving.custom_object_scope(own_objects(network)):
        rebuilt = keras.saving.deserialize_keras_object(config, safe_mode=False)
    for source, target in zip(network.weights, rebuilt.weights, strict=True):
        target.assign(np.array(keras.ops.convert_to_numpy(source), dtype=target.dtype))
    return rebuilt


def _float32(config):
    """`config` with every dtype policy of lower precision replaced."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy" and "float16" in config["config"]["name"]:
            return keras.saving.serialize_keras_object(keras.DTypePolicy("float32"))
        return {
            key: "float32" if key == "dtype" and isinstance(value, str) and "float16" in value else _float32(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(map(_float32, config))
    return config


def check_class_names(class_names: Sequence[str], network: keras.Model) -> None:
    """ValueError unless there is a name for each class of the network's only output, or no name at all."""
    if class_names and (names := output_names(network)):
        raise ValueError(f"class_names are of a network with one output, but this one has {', '.join(names)}.")
    classes = network.output_shape[-1]
    if class_names and len(class_names) != classes:
        raise ValueError(f"One class name per output: the network has {classes}, but {len(class_names)} were given.")


def connected(network: keras.Model) -> dict[str, list[int]]:
    """The blocks that each attention module of the network serves."""
    modules = [layer for layer in network._flatten_layers() if isinstance(layer, Attention)]
    return {module.name: list(module.places) for module in modules}


def infer_scheme(network: keras.Model) -> Scheme | None:
    """The scheme of a network of `build_network`, read from its layers; None for other models."""
    blocks = {block for layer in network.layers if (block := layer_names.block_of(layer.name))}
    if not blocks:
        return None
    stages = [sum(stage == s for s, _ in blocks) for stage in range(max(s for s, _ in blocks) + 1)]
    on = {place for places in connected(network).values() for place in places}
    if not all(stages) or any(place >= len(blocks) for place in on):
        return None
    return Scheme([int(block in on) for block in range(len(blocks))], stages)


def code_modules(network: keras.Model) -> tuple[str, ...]:
    """Modules that define the layers which Keras does not know.

    Raises:
        ValueError: A layer is defined in the running script, which no other process can import.
    """
    layers = [layer for layer in network._flatten_layers() if not type(layer).__module__.startswith("keras.")]
    for layer in layers:
        if type(layer).__module__ == "__main__":
            raise ValueError(
                f"The layer {layer.name!r} is of the class {type(layer).__name__}, defined in the running script, "
                "which no other process can import: move the class to a module, or export to a standalone format."
            )
    return tuple(sorted({"keras_ean", *(type(layer).__module__ for layer in layers)}))
