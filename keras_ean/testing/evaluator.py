"""The contract of an evaluator."""

import json
import math
from collections.abc import Callable, Sequence

import numpy as np

from keras_ean.scheme import Scheme
from keras_ean.search.evaluators.base import Evaluator
from keras_ean.testing.rules import expect, expect_refusal, global_seed, rule

Scores = list[dict[str, float]]


def check_evaluator(make: Callable[[], Evaluator], stages: Sequence[int]) -> None:
    """Tests whether an evaluator of your own keeps all rules that a search relies on.

    Four schemes are scored, each several times: take few images and a small network.

    Args:
        make: A function that makes the evaluator; it is called several times, since the processes of a search make one
            each, which have to agree.
        stages: The numbers of residual blocks in each stage, such as (3, 3, 3).

    Raises:
        AssertionError: A rule is broken; the message says the first one, and what was found.

    Example:
        >>> class Density(Evaluator):
        ...     def score(self, schemes, share=1.0, repeat=0):
        ...         return [{"accuracy": Scheme(scheme, (2, 2)).density} for scheme in schemes]
        >>> check_evaluator(Density, (2, 2))
    """
    with global_seed(1):
        evaluator, other = make(), make()
    schemes = _schemes(stages)
    _check_attributes(evaluator)
    with rule("score gives finite numbers by name for every scheme, in the order of the schemes."):
        scores = evaluator.score(schemes)
        expect(len(scores) == len(schemes), f"{len(schemes)} schemes have {len(scores)} scores.")
        expect(all(score.keys() == scores[0].keys() for score in scores), "Their names differ.")
        expect(all(math.isfinite(value) for score in scores for value in score.values()), f"It gives {scores}.")
        expect(list(evaluator.score([])) == [], "No schemes have scores.")
    with rule("A score does not depend on the schemes that it is made with, nor on those scored before."):
        alone = [evaluator.score([scheme])[0] for scheme in reversed(schemes)][::-1]
        expect(alone == scores, f"Together {scores}, and alone {alone}.")
    with rule("Two evaluators made alike give the same scores, whatever the global generators' seed."), global_seed(2):
        again = other.score(schemes)
        expect(again == scores, f"One gives {scores}, the other {again}.")
    _check_share(evaluator, schemes, scores)
    _check_outcomes(evaluator, schemes, scores)
    _check_repeats(evaluator, other, schemes, scores)
    _check_settings(evaluator, make)
    with rule("A scheme of other stages is refused: Scheme(scheme, stages) does so."):
        wrong = Scheme.full((*stages, 1))
        expect_refusal(lambda: evaluator.score([wrong]), f"{wrong} where the stages are {tuple(stages)}")


def _schemes(stages: Sequence[int]) -> list[Scheme]:
    mixed = Scheme([int(block % 2) for block in range(sum(stages))], stages)
    return [Scheme.empty(stages), mixed, mixed.complement, Scheme.full(stages)]


def _check_attributes(evaluator: Evaluator) -> None:
    with rule("An evaluator derives from ean.search.Evaluator."):
        expect(isinstance(evaluator, Evaluator), f"It is a {type(evaluator).__name__}.")
    with rule("noisy is a truth value, schemes_per_pass a positive whole number; images and repeats are one, or None."):
        expect(isinstance(evaluator.noisy, bool), f"noisy is {evaluator.noisy!r}.")
        for name in ("schemes_per_pass", "images", "repeats"):
            value = getattr(evaluator, name)
            whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
            expect(whole or (value is None and name != "schemes_per_pass"), f"{name} is {value!r}.")


def _check_share(evaluator: Evaluator, schemes: list[Scheme], scores: Scores) -> None:
    with rule("A share of the validation set is scored the same each time, or refused with a ValueError."):
        try:
            first = evaluator.score(schemes, share=0.5)
        except ValueError:
            return
        expect(evaluator.score(schemes, share=0.5) == first, "It is scored otherwise the second time.")
        expect(evaluator.score(schemes, share=1.0) == scores, "Afterwards, share=1 is not the whole set.")


def _check_outcomes(evaluator: Evaluator, schemes: list[Scheme], scores: Scores) -> None:
    if not evaluator.by_image:
        return
    with rule("With by_image, an evaluator is not noisy, and outcomes gives what score gives the means of."):
        expect(not evaluator.noisy, "It is noisy.")
        for name, values in evaluator.outcomes(schemes).items():
            expect(values.shape == (len(schemes), evaluator.images), f"{name} has the shape {values.shape}.")
            found = [float(row.mean()) for row in values]
            expect(found == [score[name] for score in scores], f"The means of {name} are {found}, not {scores}.")
            # Other images stand in a batch then, which may change the last digits.
            later = evaluator.outcomes(schemes, 1)[name]
            expect(np.allclose(later, values[:, 1:], atol=1e-5), "From image 1 on they are others.")


def _check_repeats(evaluator: Evaluator, other: Evaluator, schemes: list[Scheme], scores: Scores) -> None:
    if not evaluator.noisy:
        return
    with rule("A noisy evaluator gives another score for every repeat, the same one each time it is asked for it."):
        last = min(2, evaluator.repeats or 2)
        again = evaluator.score(schemes, repeat=last)
        expect(again != scores, f"Repeat {last} has the scores of repeat 0.")
        expect(other.score(schemes, repeat=last) == again, f"Repeat {last} is scored otherwise the second time.")
        expect(evaluator.score(schemes) == scores, "Afterwards, repeat 0 has other scores.")


def _check_settings(evaluator: Evaluator, make: Callable[[], Evaluator]) -> None:
    with rule("settings are JSON values: they come back from a file as they were."):
        settings = evaluator.settings()
        found = json.loads(json.dumps(settings))
        expect(found == settings, f"They are {settings}, and come back as {found}.")
    with rule("settings stay as they are, and are the same in another process."), global_seed(3):
        expect(make().settings() == settings, f"They are {settings}, and of a new evaluator {make().settings()}.")
