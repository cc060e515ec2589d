"""What the full scheme teaches the schemes that a supernet trains with it."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_ean")
class Distillation(keras.losses.Loss):
    """Computes the loss of in-place distillation for each image: weight · T² · KL(softmax(teacher / T) ‖
    softmax(student / T)).

    The teacher is the supernet itself under the full scheme, on the same images and in the same step; its gradient is
    stopped (arXiv 1903.05134; BigNAS, arXiv 2003.11142; T² as in arXiv 1503.02531). Unlike there, the labels still
    count for every scheme: this loss is added to the compiled one.

    Args:
        weight: How much the divergence counts beside the compiled loss, which counts 1; 0 or above.
        temperature: The temperature T, above 0, by which logits are divided: above 1 it softens both distributions.
        from_logits: Whether the network gives logits, as that of `build_supernet` does, or probabilities, as a plugged
            model with a softmax at its end.
        name: The name of the loss, as Keras uses it in messages.

    Raises:
        ValueError: The weight is below 0, or the temperature is not above 0.

    Example:
        >>> teacher, student = ops.array([[2.0, 0.0]]), ops.array([[0.0, 0.0]])
        >>> round(float(Distillation(weight=0.5)(teacher, student)), 4)
        0.1639
    """

    def __init__(
        self,
        weight: float = 1.0,
        temperature: float = 1.0,
        from_logits: bool = True,
        name: str = "distillation",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not weight >= 0:
            raise ValueError(f"The weight of the distillation is not negative; got {weight!r}.")
        if not temperature > 0:
            raise ValueError(f"The temperature of the distillation is above 0; got {temperature!r}.")
        self.weight, self.temperature, self.from_logits = weight, temperature, from_logits

    def call(self, teacher, student):
        if not self.from_logits:
            teacher, student = (ops.log(ops.maximum(p, keras.config.epsilon())) for p in (teacher, student))
        target, found = (ops.log_softmax(x / self.temperature, axis=-1) for x in (teacher, student))
        divergence = ops.sum(ops.exp(target) * (target - found), axis=-1)
        return self.weight * self.temperature**2 * divergence

    def get_config(self) -> dict:
        own = {"weight": self.weight, "temperature": self.temperature, "from_logits": self.from_logits}
        return {**super().get_config(), **own}


def get(distill: float | Distillation, outputs) -> Distillation | None:
    """The distillation of that weight, or a configured one, for a network with these outputs; None for a weight of 0.

    Raises:
        ValueError: The network has not one output (batch, classes) of at least two classes.
    """
    found = distill if isinstance(distill, Distillation) else Distillation(distill)
    shapes = [tuple(output.shape) for output in keras.tree.flatten(outputs)]
    if found.weight and (len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][1] in (None, 1)):
        raise ValueError(
            f"Distillation compares the classes of one output (batch, classes), not outputs of the shapes {shapes}; "
            "leave it out with distill=0."
        )
    return found if found.weight else None
