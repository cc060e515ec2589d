"""How far scored schemes are apart on the validation images, and how sure that is."""

from collections.abc import Sequence

from keras_ean.scheme import Scheme
from keras_ean.search.answers import Paired, from_text, paired
from keras_ean.search.evaluation import Evaluation


def differences(evaluations: Sequence[Evaluation], reference: Scheme | None = None) -> dict[Scheme, Paired]:
    """Compares the objective of every scheme, an accuracy or a loss, with that of one of them, image by image.

    The standard error is about other images of the same kind. It takes images for independent: where each subject is
    shown by k images that are answered alike, it is up to √k times as large.

    Args:
        evaluations: The evaluations in the order of scoring.
        reference: The scheme to compare with; None takes the one of the highest reward among those that were scored on
            the whole validation set.

    Returns:
        By scheme, its difference from the reference, for all schemes whose answers are known; none at all if those of
        the reference are not.

    Example:
        >>> from keras_ean.search.answers import to_text
        >>> scored = [Evaluation(Scheme("0"), 0.75, answers=to_text([1, 0, 1, 1])),
        ...           Evaluation(Scheme("1"), 1.0, answers=to_text([1, 1, 1, 1]))]
        >>> differences(scored)[Scheme("0")]
        Paired(difference=-0.25, error=0.295..., images=4)
    """
    told = {
        one.scheme: (one, from_text(one.answers)) for one in evaluations if one.answers is not None and not one.repeat
    }
    whole = [one for one, _ in told.values() if one.share == 1]
    if reference is None and whole:
        reference = max(whole, key=lambda one: one.reward).scheme
    if reference not in told:
        return {}
    _, with_it = told[reference]
    return {scheme: paired(answers, with_it) for scheme, (_, answers) in told.items()}


def summary(best: Sequence[Evaluation], objective: str) -> list[str]:
    """A line for each of some evaluations, best first, with its difference from the first one where it is known."""
    told, lines = differences(best, best[0].scheme) if best else {}, []
    for one in best:
        lines.append(f"{one.scheme}  {objective} {one.parts['objective']:.4f}  reward {one.reward:.4f}")
        if one is not best[0] and (found := told.get(one.scheme)):
            lines[-1] += f"  {found.difference:+.4f} ± {found.error:.4f} to the first"
    return lines
