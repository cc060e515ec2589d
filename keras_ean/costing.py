"""`ean.cost`: what a network costs, block by block, and how long it takes on this machine."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.exporting import export, formats
from keras_ean.exporting.formats import Format
from keras_ean.measure import interleaved
from keras_ean.measure.latency import ROUNDS
from keras_ean.measure.layer_costs import BlockCost, LayerCost, by_block, layer_costs
from keras_ean.text_table import aligned

BENCHMARK = "ai_edge_litert.tools.benchmark_litert_model"
"""LiteRT's own benchmark, which its package ships."""


@dataclass(frozen=True)
class Latency:
    """Tells how long one call of a network takes.

    Attributes:
        form: What was called: "keras", the name of an export format, or "litert-benchmark", LiteRT's own tool in a
            process of its own.
        batch_size: The number of images of the call.
        milliseconds: The median time of the call.
        spread: The interquartile range of the times in milliseconds; of LiteRT's tool, which tells no other, the
            standard deviation.
    """

    form: str
    batch_size: int
    milliseconds: float
    spread: float

    @property
    def side(self) -> float:
        """This is how far a call strays to either side: half the interquartile range, or the standard deviation."""
        return self.spread if self.form == "litert-benchmark" else self.spread / 2


@dataclass(frozen=True)
class Cost:
    """Tells what a network costs; `print` shows it block by block.

    Operations and activations are of one image in inference. `keras_ean.measure.cost.flops` says how operations are
    counted.

    Attributes:
        model: The name of the network.
        shape: The shape of an image, (height, width, channels), or of the first input.
        parameters: The number of trainable parameters; BatchNorm's moving statistics are left out.
        attention: The number of parameters of the attention modules.
        flops: The number of floating-point operations.
        attention_flops: The number of floating-point operations of the attention modules.
        activations: The bytes of all that the layers give, which a training keeps for the backward pass.
        peak: The most bytes of such tensors at once in inference, each freed after its last use.
        layers: The cost of every call of a layer, in the order in which they run.
        latencies: The measured times; empty if no rounds were asked for.
        backend: The Keras backend on which they were measured.
    """

    model: str
    shape: tuple[int, ...]
    parameters: int
    attention: int
    flops: int
    attention_flops: int
    activations: int
    peak: int
    layers: tuple[LayerCost, ...]
    latencies: tuple[Latency, ...]
    backend: str

    @property
    def increment(self) -> float:
        """This is the percentage of parameters that attention adds to the others."""
        return 100 * self.attention / max(1, self.parameters - self.attention)

    @property
    def blocks(self) -> list[BlockCost]:
        """These are the costs of each residual block, and last of all that is in none (`block` is None)."""
        return by_block(self.layers)

    @property
    def unknown(self) -> dict[str, tuple[str, ...]]:
        """These are the operations that no rule knows, by the layer they are in: each counts as one operation for each
        value that it gives.
        """
        return {layer.layer: layer.unknown for layer in self.layers if layer.unknown}

    def facts(self) -> dict[str, Any]:
        """Gives all figures as plain values, for JSON."""
        return {**asdict(self), "increment": self.increment, "blocks": [asdict(block) for block in self.blocks]}

    def to_json(self) -> str:
        return json.dumps(self.facts(), indent=2) + "\n"

    def by_layer(self) -> str:
        """Gives a table with a row for each call of a layer."""
        rows = [
            (one.layer, one.kind, "×".join(map(str, one.shape)), *_numbers(one.parameters, one.flops, one.activations))
            for one in self.layers
        ]
        return aligned(("layer", "kind", "gives", "parameters", "operations", "activations"), rows)

    def __str__(self) -> str:
        image = "×".join(map(str, self.shape))
        training, inference = prefixed(self.activations, "B"), prefixed(self.peak, "B")
        head = [
            f"{self.model}, one image of {image}",
            f"parameters   {self.parameters:,}, attention {self.attention:,} of them (+{self.increment:.2f} %)",
            f"operations   {prefixed(self.flops)}, attention {prefixed(self.attention_flops)} of them",
            f"activations  {training} in training, at most {inference} at once in inference",
        ]
        rows = [
            (
                block.block or "outside of blocks",
                *_numbers(block.parameters, block.flops, block.activations),
                prefixed(block.attention_flops),
            )
            for block in self.blocks
        ]
        parts = ["\n".join(head), aligned(("block", "parameters", "operations", "activations", "attention"), rows)]
        if self.unknown:
            names = ", ".join(f"{layer} ({', '.join(kinds)})" for layer, kinds in self.unknown.items())
            parts.append(f"Counted as one operation for each value that they give, since no rule knows them: {names}")
        if self.latencies:
            times = [
                (
                    one.form,
                    str(one.batch_size),
                    f"{one.milliseconds:.2f} ± {one.side:.2f}",
                    f"{1000 * one.batch_size / one.milliseconds:,.0f}" if one.milliseconds else "–",
                )
                for one in self.latencies
            ]
            parts.append(aligned((f"on {self.backend}", "batch", "ms a call", "images/s"), times))
        return "\n\n".join(parts)


def cost(
    model: keras.Model,
    batch_sizes: Sequence[int] = (1, 64),
    formats: Sequence[str | Format] = (),
    rounds: int = ROUNDS,
) -> Cost:
    """Counts a network's parameters, operations and activations, and measures its inference time; `print` shows it as a
    table.

    Counting runs nothing. For the times, every round calls each batch size and format once, so that a machine that
    slows down slows all of them alike; the first two rounds are not counted.

    Args:
        model: A functional or Sequential model whose inputs have known sizes.
        batch_sizes: The numbers of images of the calls that are timed.
        formats: Export formats, such as "saved_model", that are written to a temporary folder and timed as well. With
            "litert", the benchmark tool of its package measures too, for one image and on one core.
        rounds: The number of timed calls; with 0, no times are measured.

    Raises:
        TypeError: `model` is no Keras model.
        ValueError: The model is subclassed or unbuilt, its inputs are of an open size, it cannot be exported, a format
            is unknown, or `rounds` is negative.
        ImportError: The package of a format is missing.

    Example:
        >>> from keras_ean import build_network
        >>> found = cost(build_network("resnet8", "se", "1 0 1", (8, 8, 1), classes=10), rounds=0)
        >>> found.parameters, found.attention, [block.block for block in found.blocks]
        (78383, 629, ['stage_0_block_0', 'stage_1_block_0', 'stage_2_block_0', None])
    """
    if rounds < 0:
        raise ValueError(f"rounds is a number of timed calls, or 0 for no times, not {rounds}.")
    layers, peak = layer_costs(model)
    return Cost(
        model=model.name,
        shape=tuple(model.inputs[0].shape[1:]),
        parameters=sum(layer.parameters for layer in layers),
        attention=sum(layer.parameters for layer in layers if layer.attention),
        flops=sum(layer.flops for layer in layers),
        attention_flops=sum(layer.flops for layer in layers if layer.attention),
        activations=sum(layer.activations for layer in layers),
        peak=peak,
        layers=tuple(layers),
        latencies=tuple(_latencies(model, batch_sizes, formats, rounds)) if rounds else (),
        backend=keras.backend.backend(),
    )


def _latencies(model: keras.Model, sizes: Sequence[int], wanted: Sequence[str | Format], rounds: int) -> list[Latency]:
    with tempfile.TemporaryDirectory() as folder:
        calls: dict[tuple[str, int], Callable] = {}
        network = backend.compiled(partial(model, training=False))
        for size in sizes:
            batch = keras.tree.map_structure(partial(_drawn, size), model.input)
            calls["keras", size] = partial(network, keras.tree.map_structure(ops.convert_to_tensor, batch))
        benchmarks = []
        for one in map(formats.get, wanted):
            receipt = export(model, Path(folder) / type(one).__name__, one, verbose=False)
            name, path = receipt.format, receipt.path
            for size in sizes:  # Read anew for each, since what is made ready for one size may be lost with another.
                calls[name, size] = partial(type(one).read(str(path)), _drawn(size, model.inputs[0]))
            if path.suffix == ".tflite":
                benchmarks.append(_litert(path, Path(folder) / "benchmark.json", rounds))
        measured = interleaved(calls, rounds)
        return [Latency(form, size, *times) for (form, size), times in measured.items()] + benchmarks


def _drawn(size: int, tensor) -> np.ndarray:
    """Noise for an input of a model."""
    noise = np.random.default_rng(0).normal(size=(size, *tensor.shape[1:]))
    return np.abs(noise).astype(tensor.dtype)


def _litert(path: Path, answer: Path, rounds: int) -> Latency:
    """Of one image, as LiteRT's own tool tells.

    Raises:
        RuntimeError: The tool failed, with its last line.
    """
    options = [f"--model={path}", f"--num_runs={rounds}", f"--result_json={answer}"]
    done = subprocess.run([sys.executable, "-m", BENCHMARK, *options], capture_output=True, text=True, check=False)
    if done.returncode or not answer.is_file():
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise RuntimeError(f"LiteRT's benchmark could not run {path.name}: {last}")
    times = json.loads(answer.read_text())["latency"]
    return Latency("litert-benchmark", 1, times["median_ms"], times["std_ms"])


def _numbers(parameters: int, flops: int, activations: int) -> tuple[str, str, str]:
    return f"{parameters:,}", prefixed(flops), prefixed(activations, "B")


def prefixed(number: float, unit: str = "") -> str:
    """Three digits of a number, with the prefix of its thousands.

    Example:
        >>> prefixed(12_300, "B"), prefixed(1_300), prefixed(6)
        ('12.3 kB', '1.30 k', '6')
    """
    for prefix in ("", "k", "M", "G", "T", "P"):
        if number < 999.5 or prefix == "P":
            digits = f"{number:#.3g}".rstrip(".") if prefix else f"{number:.3g}"
            return f"{digits} {prefix}{unit}".rstrip()
        number /= 1000
    raise AssertionError("The last prefix takes every number.")
