"""SGD steps as a pure function of a network's state, many in one compiled call."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ean import backend
from keras_ean.recipes import Recipe

State = list[Any]  # Trainable values, other values, velocities; each a list of tensors.


class SGDSteps:
    """Trains a network from values to values; the network's own variables stay as they are.

    The update is that of `recipes.CoupledSGD`: g ← g + λw, v ← μv + g, w ← w − ηv. Schemes are data, so that nothing
    is traced anew from one to the next.

    Args:
        body: A built model of [images, rows], or of images alone, that gives logits.
        recipe: Momentum, weight decay and loss; its schedule is the caller's (`rates`).
        vectorized: Train several networks side by side, over a leading axis of everything but images, labels and rates.

    Raises:
        ValueError: PyTorch; vectorized on a backend other than JAX.
    """

    def __init__(self, body: keras.Model, recipe: Recipe, vectorized: bool = False):
        check_backend()
        if vectorized and keras.backend.backend() != "jax":
            raise ValueError(
                f"Networks train side by side on the JAX backend, not on {keras.backend.backend()}; "
                "set KERAS_BACKEND=jax, or train one at a time."
            )
        self.body, self.recipe, self.loss = body, recipe, recipe.loss()
        run, hits = self._steps, self._hits
        if vectorized:
            import jax

            run = jax.vmap(run, in_axes=(0, 0, None, None, 0, None))
            hits = jax.vmap(hits, in_axes=(0, 0, None, None))
        self.run = backend.compiled(run)
        self.hits = backend.compiled(hits)

    def initial(self) -> State:
        """The state from the variables as they are now, at rest."""
        trainable = backend.values(self.body.trainable_variables)
        fixed = backend.values(self.body.non_trainable_variables)
        return [trainable, fixed, [ops.zeros_like(v) for v in trainable]]

    def _steps(self, state, rows, images, labels, order, rates):
        """The state after the steps, and their mean loss.

        Args:
            rows: The scheme as a row of 0 and 1, (1, blocks).
            images, labels: All training images.
            order: (steps, batch) indices of images.
            rates: The learning rate of each step, (steps,).
        """

        def step(index, carry):
            (trainable, fixed, velocities), total = carry
            chosen, rate = order[index], rates[index]
            loss, gradients, fixed = self._gradients(
                trainable, fixed, ops.take(images, chosen, axis=0), ops.take(labels, chosen, axis=0), rows
            )
            recipe, moved, kept = self.recipe, [], []
            for value, gradient, velocity in zip(trainable, gradients, velocities, strict=True):
                gradient = gradient + recipe.weight_decay * value
                velocity = recipe.momentum * velocity + gradient
                direction = gradient + recipe.momentum * velocity if recipe.nesterov else velocity
                moved.append(value - rate * direction)
                kept.append(velocity)
            return [moved, fixed, kept], total + loss

        state, total = ops.fori_loop(0, len(order), step, (state, 0.0))
        return state, total / len(order)

    def _loss(self, trainable, fixed, images, labels, rows):
        logits, fixed = self.body.stateless_call(trainable, fixed, [images, rows], training=True)
        return self.loss(labels, logits), fixed

    def _gradients(self, trainable, fixed, images, labels, rows):
        if keras.backend.backend() == "jax":
            import jax

            compute = jax.value_and_grad(self._loss, has_aux=True)
            (loss, fixed), gradients = compute(trainable, fixed, images, labels, rows)
            return loss, gradients, fixed
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(trainable)
            loss, fixed = self._loss(trainable, fixed, images, labels, rows)
        gradients = tape.gradient(loss, trainable, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return loss, gradients, fixed

    def _hits(self, state, rows, images, labels):
        """How many of the images are classified rightly; NaN if the network's numbers are lost."""
        trainable, fixed, _ = state
        logits, _ = self.body.stateless_call(trainable, fixed, [images, rows], training=False)
        right = ops.equal(ops.cast(ops.argmax(logits, axis=-1), "int32"), ops.cast(labels, "int32"))
        return ops.sum(ops.where(ops.all(ops.isfinite(logits), axis=-1), ops.cast(right, "float32"), np.nan))


def check_backend() -> None:
    """ValueError on PyTorch, which trains no networks beside their models."""
    backend.refuse_torch("Schemes are scored after a training (TuningEvaluator, TrainingEvaluator)")
