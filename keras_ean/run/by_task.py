"""Scores in a run whose model was given: by the model's own task."""

from dataclasses import asdict
from functools import cached_property

import keras
import keras_tuner
import numpy as np

from keras_ean import backend
from keras_ean.measure.chance import RANGE, guessed
from keras_ean.measure.paired import right_or_wrong
from keras_ean.run.architecture import calibration_rows
from keras_ean.run.config import Config
from keras_ean.run.given_images import GivenImages
from keras_ean.run.plugged import PluggedArchitecture
from keras_ean.run.unit import Unit
from keras_ean.search import Evaluator
from keras_ean.search.evaluators.choose import choose_evaluator
from keras_ean.supernet import Supernet
from keras_ean.training import Scorer
from keras_ean.training.finite import check_outputs
from keras_ean.training.targets import check_examples, classes_of, named_classes

TESTED = 256
"""Images of a pass over the test images."""


class ByTask:
    """Scores networks and schemes by the objective of the model's task.

    Args:
        config: The configuration of the run.
        architecture: The architecture, which has the model and its task.
        images: The images to score on.
    """

    def __init__(self, config: Config, architecture: PluggedArchitecture, images: GivenImages):
        self.config, self.architecture, self.images = config, architecture, images

    def check(self) -> None:
        """Looks at all images.

        Raises:
            ValueError: Images or targets do not fit the model and its task, or the task does not have its objective
                among its metrics.
        """
        _ = self.scorer

    @property
    def classes(self) -> int | None:
        """The classes of the model, if it is judged by an accuracy on classes that its one output names; else None."""
        output, test = self.architecture.model.outputs, self.images.data.test.targets
        if len(output) > 1 or len(output[0].shape) != 2 or "acc" not in self.unit.objective.lower():
            return None
        classes = int(output[0].shape[-1])
        return None if classes_of(test, classes) is None else classes

    def doubt(self) -> list[str]:
        """Says in a line that the model as it was given knows no more of validation images than guessing does, if it is
        so."""
        first = self.images.data.validation.take(slice(TESTED))
        if (classes := self.classes) is None:
            return []
        model = self.architecture.model
        [outputs] = keras.tree.flatten(backend.outputs(backend.inference(model), first.inputs, TESTED))
        named = named_classes(first.targets, outputs)
        assert named is not None
        odd = guessed(float(np.mean(named[0] == named[1])), len(first), classes)
        return [f"The model as it was given {odd}. {RANGE}"] if odd else []

    @cached_property
    def scorer(self) -> Scorer:
        """Made once all images have been looked at, so that data that do not fit are told before any work."""
        task, model = self.architecture.task, self.architecture.model
        for name in ("train", "validation"):
            try:
                check_examples(task, model, getattr(self.images.data, name))
            except ValueError as error:
                raise ValueError(f"{name} images: {error}") from error
        if len(self.images.data.test) < 2:
            raise ValueError("test images: networks are compared image by image, so there must be two or more.")
        return Scorer(task, model, self.images.data.test)

    @cached_property
    def unit(self) -> Unit:
        """The objective, as it is reported; kept, so that a finished run is read without its images."""
        file = self.architecture.folder.path / "task.json"
        if "scorer" not in vars(self) and (kept := self.architecture.folder.json(file)):
            return Unit(**kept)
        found = Unit(self.scorer.objective, self.scorer.direction)
        self.architecture.folder.write_json(file, asdict(found))
        return found

    @property
    def objective(self) -> keras_tuner.Objective:
        """What the search maximises or minimises."""
        return keras_tuner.Objective(self.unit.objective, self.unit.direction)

    def tested(self, network: keras.Model) -> tuple[np.ndarray, dict[str, float], np.ndarray | None, np.ndarray | None]:
        """What each test image contributes to the objective, (images,), the more the better; all results; classes
        (2, images), those of the images and those that the network names, if its one output is of classes; and the
        objective of resamples, if it is no accuracy."""
        parts, classes, look = [], [], backend.inference(network)
        for examples in self.images.data.test.in_turn(TESTED):
            outputs = look(examples.inputs)
            check_outputs(network, outputs)
            parts.append(self.scorer.each(examples, outputs))
            named = named_classes(examples.targets, outputs)
            classes += [] if named is None else [named]
        states = np.concatenate(parts)
        known = np.concatenate(classes, axis=1) if len(classes) == len(parts) else None
        answers = self.scorer.of_images(states)
        shown = self.images.test_subjects
        resampled = None if right_or_wrong(answers) else self.scorer.of_resamples(states, shown)
        return answers, self.scorer.results(states.sum(axis=0)), known, resampled

    def evaluator(self, supernet: Supernet, samples: int) -> Evaluator:
        """Scores schemes on the validation images, at most `samples` at once."""
        settings, train = self.config.search, self.images.data.train
        calibration = train.take(calibration_rows(self.config, len(train))).inputs if settings.calibrate else None
        objective = (self.scorer.objective, self.scorer.direction)
        return choose_evaluator(
            supernet,
            self.images.data.validation,
            objective,
            self.architecture.task,
            settings.batch_size,
            calibration,
            at_once=samples,
        )
