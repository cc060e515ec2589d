"""What speaks against taking the answer of a run as it stands: the cautions beside its verdict."""

from collections.abc import Sequence

from keras_ean.run import plateau, trainer
from keras_ean.run.context import Context
from keras_ean.run.kept_curves import BEFORE, kept_curves
from keras_ean.run.left_early import left_early
from keras_ean.run.stages.network import Network
from keras_ean.run.verdict import Verdict


def cautions(context: Context, compared: Sequence[Network], verdict: Verdict) -> tuple[str, ...]:
    """Gives sentences on trainings that had not reached their plateau, and on networks that start from weights of which
    some were trained for a part of the supernet's epochs only.

    Args:
        context: The context of the run.
        compared: Every network of the comparison.
        verdict: The verdict of the run, without cautions.
    """
    config, numbers = context.config, context.images.numbers
    scratch = config.start == "scratch"
    drawn = {one.compared.title: trainer.of_networks(config) for one in compared} if scratch else {}
    if config.model is None:
        drawn[BEFORE["pretrain"]] = trainer.pretraining(config)
    steps = {title: course.steps(numbers.train) for title, course in drawn.items()}
    curves = kept_curves(context.folder, [one.work for one in compared])
    left = None if scratch else left_early(context.folder, config.attention.name)
    return (
        *plateau.cautions(curves, context.unit, steps, numbers.train),
        *(left.caution(verdict) if left else ()),
    )
