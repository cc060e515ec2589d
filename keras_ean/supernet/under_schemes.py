"""What makes a model whose body takes a scheme beside its inputs as good a Keras model as any."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.scheme import Scheme
from keras_ean.supernet import sampling

RANDOM = 8
"""Schemes over which an evaluation under "random" is the mean; always the same ones."""
Asked = Scheme | str | Sequence[int] | None


class UnderSchemes(keras.Model):
    """A `keras.Model` that trains over drawn schemes and is evaluated under any; its layers are those of its body.

    A scheme is asked for by its bits, or by the words "full" and "empty"; `evaluate` takes "random" too.

    Attributes:
        body: The functional model from the inputs and the schemes, rows (batch, blocks) or (1, blocks), to the outputs.
        fixed: The scheme of inference where none is asked for, a row (1, blocks) of 0 and 1.
        decisions: How sure it is that a block should be off, and that it should be on, (2, blocks) of 0 … 1; training
            no longer draws those of which it is 1.
        seeds: The generator of seeds that the schemes of the training are drawn from.
        sample: The strategy of `keras_ean.supernet.sampling` that draws them.
    """

    body: keras.Model
    fixed: Any
    decisions: Any
    seeds: keras.random.SeedGenerator
    sample: Callable
    validated: Scheme | str | None = None
    """The scheme of validation while `fit` runs."""

    def __init__(self, **kwargs):
        # The body knows which precision its inputs come in.
        super().__init__(autocast=False, **kwargs)

    @property
    def stages(self) -> tuple[int, ...]:
        """These are the numbers of residual blocks in each stage."""
        raise NotImplementedError(f"{type(self).__name__} must implement stages, the numbers of blocks.")

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """These are the layers of the body, among which `get_layer` and `summary` look."""
        return self.body.layers

    @property
    def output_names(self) -> list[str]:
        """The names by which losses, metrics and targets are given where there are several outputs."""
        return self.body.output_names

    @staticmethod
    def _parts(inputs) -> tuple:
        """(images, rows); rows is None where the inputs are images alone."""
        if isinstance(inputs, dict) and inputs.keys() == {"image", "scheme"}:
            return inputs["image"], inputs["scheme"]
        return inputs, None

    def call(self, inputs, training=None, scheme: Asked = None):
        images, rows = self._parts(inputs)
        if scheme is not None:
            if rows is not None:
                raise ValueError("These inputs have rows of schemes, and scheme= gives another; leave out one of them.")
            rows = ops.convert_to_tensor([self._scheme(scheme).bits], "float32")
        elif rows is None and training:
            batch = ops.shape(keras.tree.flatten(images)[0])[0]
            rows = self.within(sampling.draw(self.sample, batch, sum(self.stages), self.seeds))
        elif rows is None:
            rows = ops.convert_to_tensor(self.fixed)
        # A step that is not compiled is given NumPy's arrays on JAX, which Keras does not take beside tensors.
        return self.body([keras.tree.map_structure(ops.convert_to_tensor, images), rows], training=training)

    def within(self, rows):
        """Gives schemes in which the blocks that are decided are as they were decided.

        Args:
            rows: The schemes as rows of 0 and 1, (rows, blocks).
        """
        sure = ops.cast(ops.convert_to_tensor(self.decisions) == 1, "float32")
        return ops.maximum(ops.convert_to_tensor(rows) * (1 - sure[:1]), sure[1:])

    @property
    def decided(self) -> dict[int, int]:
        """These are the blocks that training no longer draws, by their numbers: 0 where it is off, 1 where it is on."""
        bits, blocks = np.nonzero(ops.convert_to_numpy(self.decisions) == 1)
        return dict(sorted(zip(blocks.tolist(), bits.tolist(), strict=True)))

    def decide(self, bits: Mapping[int, int | None], sure: float = 1.0) -> None:
        """Takes blocks out of the space that training draws schemes from, or puts them back; nothing is traced anew.

        A block that is decided is off, or on, in every scheme that a training draws from then on, by whatever strategy.
        Inference, `extract` and searches are free to connect what they are asked for. A saved supernet keeps it.

        Args:
            bits: By the number of a block, 0 if it is to be off, 1 if it is to be on, and None if it is to be drawn
                again.
            sure: How sure that is, above 0 and at most 1. A block of which it is less than 1 is drawn as before; what
                was thought of it is kept with the weights.

        Raises:
            ValueError: `bits` is no mapping, there is no such block, the value is none of these, or `sure` is not
                within its limits.

        Example:
            >>> from keras_ean import build_supernet
            >>> supernet = build_supernet("resnet20", "se", (8, 8, 1), classes=10)
            >>> supernet.decide({0: 1, 8: 0})
            >>> supernet.decided
            {0: 1, 8: 0}
        """
        if not isinstance(bits, Mapping):
            raise ValueError(f"Blocks are decided by their numbers, as in decide({{2: 0, 5: 1}}), not {bits!r}.")
        if not 0 < sure <= 1:
            raise ValueError(f"A block is decided as far as it is sure, above 0 and at most 1, not {sure!r}.")
        decisions, blocks = np.array(ops.convert_to_numpy(self.decisions)), sum(self.stages)
        for block, bit in bits.items():
            if isinstance(block, bool) or block not in range(blocks):
                raise ValueError(f"A block is a number from 0 to {blocks - 1}, not {block!r}.")
            if isinstance(bit, bool) or bit not in (0, 1, None):
                raise ValueError(f"A block is decided to be off, 0, or on, 1, or drawn again, None; not {bit!r}.")
            decisions[:, block] = sure * (bit == 0), sure * (bit == 1)
        self.decisions.assign(decisions)

    def _scheme(self, asked: Scheme | str | Sequence[int]) -> Scheme:
        if not isinstance(asked, str | Scheme):  # Keras makes a tensor of an array before it calls.
            return Scheme(ops.convert_to_numpy(asked).tolist(), self.stages)
        if asked == "random":
            raise ValueError(
                "This takes one scheme: 'full', 'empty' or bits. 'random', a mean, is for evaluate and fit."
            )
        words = {"full": Scheme.full, "empty": Scheme.empty}
        return words[asked](self.stages) if asked in words else Scheme(asked, self.stages)

    def compile(self, optimizer="rmsprop", loss=None, *, metrics=None, **kwargs):
        """Does what `keras.Model.compile` does, but without XLA on TensorFlow's CPU, where it is many times slower,
        unless `jit_compile` says so. The variables of the optimizer, and those of "accuracy" after a sparse categorical
        cross-entropy, are made at once, so that `fit` traces once instead of twice.

        Raises:
            ValueError: Under TensorFlow's MultiWorkerMirroredStrategy.
        """
        backend.refuse_multi_worker()
        sparse = loss == "sparse_categorical_crossentropy"
        if (sparse or isinstance(loss, keras.losses.SparseCategoricalCrossentropy)) and isinstance(metrics, list):
            kind = keras.metrics.SparseCategoricalAccuracy
            metrics = [kind(name=metric) if metric in ("acc", "accuracy") else metric for metric in metrics]
        super().compile(optimizer, loss, metrics=metrics, **{"jit_compile": backend.jit_compile(), **kwargs})
        self.optimizer.build(self.trainable_variables)

    def compile_from_config(self, config: dict):
        # Whether XLA pays is a matter of this machine, not of the one that saved.
        self.compile(**keras.saving.deserialize_keras_object({**config, "jit_compile": backend.jit_compile()}))

    @contextmanager
    def under(self, scheme: Asked) -> Iterator["UnderSchemes"]:
        """Makes inference use `scheme` inside the block; None means as before.

        Raises:
            ValueError: The scheme does not fit the stages.
        """
        before = ops.convert_to_numpy(self.fixed).tolist()
        try:
            if scheme is not None:
                self.fixed.assign([self._scheme(scheme).bits])
            yield self
        finally:
            self.fixed.assign(before)

    def fit(self, *args, validation_scheme: Asked = None, **kwargs):
        """Does what `keras.Model.fit` does, over drawn schemes; validation is under `validation_scheme`, as
        `evaluate` takes it.

        Raises:
            ValueError: The scheme does not fit the stages; told before anything is trained.
        """
        if isinstance(validation_scheme, str) and validation_scheme == "random":
            self.validated = "random"
        elif validation_scheme is not None:
            self.validated = self._scheme(validation_scheme)
        try:
            return super().fit(*args, **kwargs)
        finally:
            self.validated = None

    def evaluate(self, *args, scheme: Asked = None, **kwargs):
        """Does what `keras.Model.evaluate` does, under a scheme (default: full). No scheme traces anew.

        "random" gives the mean of every result over the same eight random schemes, at the price of eight evaluations.
        """
        scheme = self.validated if scheme is None else scheme
        random = [Scheme.random(self.stages, seed=number) for number in range(RANDOM)]
        results = []
        for one in random if isinstance(scheme, str) and scheme == "random" else [scheme]:
            with self.under(one):
                results.append(super().evaluate(*args, **kwargs))
        return keras.tree.map_structure(lambda *found: float(np.mean(found)), *results)

    def predict(self, *args, scheme: Asked = None, **kwargs):
        """Does what `keras.Model.predict` does, under a scheme (default: full). No scheme traces anew."""
        with self.under(scheme):
            return super().predict(*args, **kwargs)

    def export(self, *args, **kwargs) -> NoReturn:
        """Refused: the networks of a supernet are exported, not the supernet."""
        raise ValueError(
            "A supernet holds all networks, and an inference needs one: export supernet.extract(scheme), by its "
            "export or by keras_ean.export."
        )

    def quantize(self, *args, **kwargs) -> NoReturn:
        """Refused: the networks of a supernet are quantized, not the supernet, which is still to be trained."""
        raise ValueError(
            "A supernet is built anew from its options when it is loaded, and has no quantized layers then: quantize "
            "supernet.extract(scheme) instead."
        )

    def _random_states(self) -> list:
        """The random states of the drawn schemes, and of dropout and other random layers of the body."""
        return [one for one in self.non_trainable_variables if one.path.endswith("seed_generator_state")]

    def save_own_variables(self, store):
        """Saves the states of everything random too, so that a training that goes on draws what it would have drawn."""
        super().save_own_variables(store)
        for index, state in enumerate(self._random_states()):
            store[f"random_{index}"] = state

    def load_own_variables(self, store):
        # Files of earlier versions have no random states, and nothing that is decided.
        states = {f"random_{index}": state for index, state in enumerate(self._random_states())}
        for name in states.keys() & store.keys():
            states[name].assign(store[name])
        own = {name: store[name] for name in store.keys() if name not in states}  # noqa: SIM118
        super().load_own_variables(own if len(own) > 1 else {**own, "1": np.zeros(self.decisions.shape)})
