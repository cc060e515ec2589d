"""One network in a process of its own, that takes steps on command: the other half of steps.py.

    python benchmarks/step_worker.py '{"variant": "supernet", "network": "resnet164", …}'

Reads "train 3", "evaluate 3" or "facts" from standard input, and answers each with a line "@ JSON".
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
CLASSES = 100
STOCK = ("keras", "naive")
"""Variants of Keras's own BatchNorm, whose first step traces twice, as `compile` and `fit` do by themselves."""


def keras_network(case: dict):
    """(train, evaluate, facts) with Keras: `fit` and `evaluate` over the same batch again and again."""
    import keras
    import numpy as np

    import keras_ean as ean
    from keras_ean import backend
    from keras_ean.backbones import blocks
    from keras_ean.measure import cost
    from keras_ean.recipes import CoupledSGD

    compiling = compile_seconds()
    name, size, batch = keras.backend.backend(), case["size"], case["batch"]
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(case["precision"])
    backbone, shape = ean.backbones.get(case["network"], **case["options"]), (size, size, 3)
    schemes = {
        "keras": ean.Scheme.empty(backbone.stages),
        "plain": ean.Scheme.empty(backbone.stages),
        "static": ean.Scheme.full(backbone.stages),
        "found": ean.Scheme.random(backbone.stages, 1 / 3, seed=0),
    }
    stock, naive = case["variant"] in STOCK, case["variant"] == "naive"
    if stock:
        options = {"axis": -1, "momentum": 0.9, "epsilon": 1e-5}
        blocks.norm = lambda x, name: keras.layers.BatchNormalization(**options, name=name)(x)
    calls, static = [0], case["variant"] in schemes
    if static:
        model = ean.build_network(backbone, case["module"], schemes[case["variant"]], shape, CLASSES)
    else:

        class Counted(ean.Supernet):
            def call(self, *arguments, **options):
                calls[0] += 1
                return super().call(*arguments, **options)

        model = Counted(backbone, case["module"], shape, CLASSES, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    (keras.Model.compile if naive else type(model).compile)(
        model, CoupledSGD(1e-3, 0.9, l2=1e-4), loss, metrics=["accuracy"], jit_compile=backend.jit_compile()
    )
    if not stock:
        model.optimizer.build(model.trainable_variables)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(batch, size, size, 3)).astype("float32")
    y = generator.integers(CLASSES, size=batch).astype("int32")
    x, y = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y)

    class Same(keras.utils.PyDataset):
        def __init__(self, steps: int):
            super().__init__()
            self.steps = steps

        def __len__(self):
            return self.steps

        def __getitem__(self, index):
            return x, y

    def batches(steps: int):
        if name != "tensorflow":
            return Same(steps)
        import tensorflow as tf

        # The tuning thread would hold the end of `fit` up until it wakes, 10, 30, 70, 150 … ms after its beginning.
        options = tf.data.Options()
        options.autotune.enabled = False
        return tf.data.Dataset.from_tensors((x, y)).repeat(steps).with_options(options)

    def train(steps: int):
        model.fit(batches(steps), epochs=1, shuffle=False, verbose=0)

    turn = [0]

    def evaluate(steps: int):
        turn[0] += 1
        options = {} if static else {"scheme": ean.Scheme.random(backbone.stages, seed=turn[0])}
        model.evaluate(batches(steps), verbose=0, **options)

    def facts() -> dict:
        memory = 0
        if backend.accelerated() and name == "jax":
            import jax

            memory = jax.devices()[0].memory_stats()["peak_bytes_in_use"]
        found = {"parameters": cost.parameters(model), "memory": memory, "compile_seconds": round(sum(compiling), 1)}
        if not static:
            found["calls"] = calls[0]
        else:
            found["flops"] = cost.flops(model)
        return found

    return train, evaluate, facts


def compile_seconds() -> list[float]:
    """Grows by what XLA takes to compile, on JAX."""
    import keras

    found: list[float] = []
    if keras.backend.backend() == "jax":
        import jax

        def listen(event: str, duration: float, **_):
            if event.endswith("backend_compile_duration"):
                found.append(duration)

        jax.monitoring.register_event_duration_secs_listener(listen)
    return found


def torch_network(case: dict):
    """(train, evaluate, facts) with PyTorch, eager or compiled; both under autocast, channels last, in bfloat16."""
    import random

    import torch
    from torch_rival import Supernet

    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    place = "cuda" if torch.cuda.is_available() else "cpu"
    compiled, half = case["variant"] == "torch compiled", case["precision"] != "float32"
    net = Supernet(case["stages"], case["width"], case["module"], CLASSES).to(place)
    x = torch.randn(case["batch"], 3, case["size"], case["size"], device=place)
    if compiled or half:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    y = torch.randint(CLASSES, (case["batch"],), device=place)
    optimizer = torch.optim.SGD(net.parameters(), 1e-3, 0.9, weight_decay=1e-4)
    loss, blocks, generator = torch.nn.CrossEntropyLoss(), sum(case["stages"]), random.Random(0)
    forward = torch.compile(net) if compiled else net

    def logits():
        bits = [generator.random() < 0.5 for _ in range(blocks)]
        with torch.autocast(place, torch.bfloat16, enabled=half):
            return forward(x, torch.tensor(bits, device=place, dtype=torch.float32) if compiled else bits)

    def train(steps: int):
        net.train()
        for _ in range(steps):
            optimizer.zero_grad()
            value = loss(logits().float(), y)
            value.backward()
            optimizer.step()
        value.item()

    def evaluate(steps: int):
        net.eval()
        with torch.no_grad():
            hits = sum((logits().argmax(1) == y).sum() for _ in range(steps))
        hits.item()

    def facts() -> dict:
        memory = torch.cuda.max_memory_allocated() if place == "cuda" else 0
        parameters = sum(weight.numel() for weight in net.parameters())
        return {"parameters": parameters, "memory": memory}

    return train, evaluate, facts


def main() -> None:
    case = json.loads(sys.argv[1])
    build = torch_network if case["variant"].startswith("torch") else keras_network
    train, evaluate, facts = build(case)
    for line in sys.stdin:
        command, _, number = line.strip().partition(" ")
        begin = time.perf_counter()
        if command == "facts":
            answer = {"rss": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, **facts()}
        else:
            {"train": train, "evaluate": evaluate}[command](int(number))
            answer = {"ms": 1000 * (time.perf_counter() - begin) / int(number)}
        print("@", json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
