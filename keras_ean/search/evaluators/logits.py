"""Whether a supernet gives logits or probabilities, so that no score takes one for the other."""

from keras_ean.graph.reading import read_graph
from keras_ean.graph.softmax import softmax_of


def gives_logits(supernet) -> bool:
    """Whether the outputs of a classifier are logits: as its compiled loss takes them, where that tells, and else
    unless it ends in a softmax."""
    if supernet.compiled:
        loss = supernet.loss
        if isinstance(told := getattr(loss, "from_logits", None), bool):
            return told
    return softmax_of(read_graph(supernet.body)) is None


def check_logits(supernet, name: str) -> None:
    """ValueError for an evaluator of that `name`, which trains with a loss of logits, if the supernet has none."""
    if not gives_logits(supernet):
        raise ValueError(
            f"{name} takes the loss of logits, but this supernet gives probabilities, as from a softmax at its end. "
            "Plug a model that gives logits, or take SupernetEvaluator or HeldEvaluator, which train nothing."
        )
