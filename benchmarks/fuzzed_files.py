"""Inputs that are files: data, images, weights, tables, and what a run keeps of its state."""

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from fuzzed_words import values
from fuzzing import kind, mutated
from hypothesis import strategies as st


@kind("data")
def _data(folder: Path) -> tuple:
    from keras_ean import data

    random = np.random.default_rng(0)
    images, labels = random.random((40, 4, 4, 1)).astype("float32"), np.arange(40) % 4
    file = folder / "images.npz"
    np.savez(file, x=images, y=labels)
    content = file.read_bytes()
    shape = st.lists(st.integers(0, 6), min_size=0, max_size=5)
    kinds = st.sampled_from(["float32", "float64", "int64", "uint8", "bool", "<U3", "complex64", "float16", "M8[s]"])

    def array(drawn: tuple) -> np.ndarray:
        shape, kind, number = drawn
        with np.errstate(all="ignore"):
            made = np.full(shape, number)
            return made.astype(kind)

    number = st.one_of(st.floats(), st.integers(-(2**62), 2**62), st.sampled_from([1e39, 1e30, 1e-30, 0, 255]))
    arrays = st.tuples(shape, kinds, number).map(array) | st.sampled_from([images, labels])
    names = st.sampled_from(["x", "y", "x_train", "y_train", "x_test", "y_test", "x_val", "y_val", "images", "z"])
    options = st.fixed_dictionaries({}, optional={"test": values, "validation": values, "seed": values, "size": values})

    def take(drawn: Any) -> None:
        if isinstance(drawn, bytes):
            file.write_bytes(drawn)
            data.load(file)
        else:
            given, chosen = drawn
            np.savez(file, **given)
            data.load(file, **chosen)

    return st.one_of(mutated(content), st.tuples(st.dictionaries(names, arrays, max_size=4), options)), take


@kind("images")
def _images(folder: Path) -> tuple:
    from PIL import Image

    from keras_ean.data.decode import read_image, read_shape

    random, contents = np.random.default_rng(0), []
    for format, mode in (("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("GIF", "P"), ("BMP", "L"), ("TIFF", "RGB")):
        buffer = io.BytesIO()
        picture = Image.fromarray(random.integers(0, 255, (6, 9, 3), dtype="uint8")).convert(mode)
        picture.save(buffer, format)
        contents.append(buffer.getvalue())

    def take(drawn: tuple) -> None:
        content, channels = drawn
        read_shape(content)
        read_image(content, channels)

    strategy = st.sampled_from(contents).flatmap(mutated)
    return st.tuples(strategy, st.sampled_from([None, 1, 3])), take


@kind("weights")
def _weights(folder: Path) -> tuple:
    import keras_ean as ean
    from keras_ean.run.model_file import load_model

    network = ean.build_network("resnet8", "se", "1 1 1", (8, 8, 1), classes=3)
    saved, arrays = folder / "network.keras", folder / "weights.npz"
    network.save(saved)
    np.savez(arrays, **{"fc.bias": np.zeros(3, "float32"), "conv1.weight": np.zeros((16, 1, 3, 3), "float32")})
    kept, named = saved.read_bytes(), arrays.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}

    def zipped(drawn: tuple) -> bytes:
        name, content = drawn
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for each, before in inside.items():
                archive.writestr(each, content if each == name else before)
        return buffer.getvalue()

    parts = st.sampled_from([*inside]).flatmap(lambda name: st.tuples(st.just(name), mutated(inside[name])))
    models = st.one_of(mutated(kept), parts.map(zipped)).map(lambda content: ("model", content))

    def take(drawn: tuple) -> None:
        what, content = drawn
        if what == "model":
            (folder / "drawn.keras").write_bytes(content)
            load_model(folder / "drawn.keras")
        elif what == "mapping":
            ean.interop.load_reference_weights(network, content)
        else:
            (folder / f"drawn{what}").write_bytes(content)
            ean.interop.load_reference_weights(network, folder / f"drawn{what}")

    mapping = st.dictionaries(st.text(max_size=8) | st.sampled_from(["fc.bias", "conv1.weight"]), values, max_size=3)
    return st.one_of(
        models,
        mutated(named).map(lambda content: (".npz", content)),
        mutated(named).map(lambda content: (".pth", content)),
        mapping.map(lambda content: ("mapping", content)),
    ), take


@kind("tables")
def _tables(folder: Path) -> tuple:
    from keras_ean.bench.table import Table

    file = folder / "table.npz"
    rows = 8
    whole = {
        "stages": np.array([1, 1, 1], "uint8"),
        "accuracy": np.zeros((rows, 2), "float32"),
        "curves": np.zeros((rows, 2, 3), "float32"),
        "parameters": np.ones(rows),
        "flops": np.ones(rows),
        "latency_ms": np.ones(rows, "float32"),
        "facts": np.array("{}"),
    }
    np.savez_compressed(file, **whole)
    content = file.read_bytes()
    number = st.floats() | st.integers(-(2**40), 2**40)
    array = st.tuples(st.lists(st.integers(0, 9), max_size=3), number).map(lambda drawn: np.full(*drawn))
    other = st.one_of(
        array, st.text(max_size=9).map(np.array), st.lists(st.integers(-3, 300), max_size=5).map(np.array)
    )

    def take(drawn: Any) -> None:
        if isinstance(drawn, bytes):
            file.write_bytes(drawn)
        else:
            np.savez_compressed(file, **{key: value for key, value in {**whole, **drawn}.items() if value is not None})
        Table.read(file)

    return st.one_of(
        mutated(content), st.dictionaries(st.sampled_from([*whole, "more"]), st.none() | other, min_size=1, max_size=3)
    ), take


@kind("state")
def _state(folder: Path) -> tuple:
    import keras

    from keras_ean.run.config_file import load_config
    from keras_ean.run.folder import RunFolder
    from keras_ean.run.verifying import verify
    from keras_ean.search.algorithms.greedy import Greedy
    from keras_ean.search.host.ledger import Ledger
    from keras_ean.search.host.plan import Plan
    from keras_ean.training.checkpoint import Checkpoint

    base, copy = folder / "base", folder / "copy"
    run = RunFolder(base, tell=lambda line: None)
    run.open(load_config())
    run.write_json(base / "scheme.json", {"scheme": "1 1", "codes": [1, 1]})
    truth = _searched(Ledger(Plan("greedy", Greedy, (2, 2)), base / "search"))
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    checkpoint = Checkpoint(base / "checkpoints" / "pretrain", model=model)
    checkpoint.on_epoch_end(0)
    names = ("search/search.sqlite", "manifest.json", "scheme.json", "config.yaml", "versions.json")
    names = (*names, "checkpoints/pretrain/epoch-000001.npz")
    contents = {name: (base / name).read_bytes() for name in names}

    def take(drawn: tuple) -> None:
        name, content = drawn
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(base, copy)
        (copy / name).write_bytes(content)
        verify(copy)
        opened = RunFolder(copy, tell=lambda line: None)
        if opened.config() != run.config():
            raise AssertionError("another configuration")
        if opened.json(copy / "scheme.json") not in (None, {"scheme": "1 1", "codes": [1, 1]}):
            raise AssertionError("another scheme")
        if _searched(Ledger(Plan("greedy", Greedy, (2, 2)), copy / "search")) != truth:
            raise AssertionError("other scores")
        before = [value.copy() for value in model.get_weights()]
        Checkpoint(copy / "checkpoints" / "pretrain").restore(model)
        if any((one != other).any() for one, other in zip(before, model.get_weights(), strict=True)):
            raise AssertionError("other weights")

    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), mutated(contents[name]))), take


def _searched(ledger: Any) -> list:
    """The scores of a search that is brought to its end."""
    while job := ledger.issue("me"):
        ledger.end(job.id, {"accuracy": job.scheme.density})
    found = [(str(one.scheme), one.reward, one.metrics) for one in ledger.evaluations()]
    ledger.store.close()
    return sorted(found, key=str)
