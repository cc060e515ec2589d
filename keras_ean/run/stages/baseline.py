"""The given model without attention, trained on for as long as the supernet: what attention is compared with."""

from pathlib import Path

import keras

from keras_ean.folding.reestimation import reestimate
from keras_ean.run import trainer
from keras_ean.run.stages.stage import Stage
from keras_ean.run.work import Work
from keras_ean.scheme import Scheme


class Baseline(Stage[keras.Model]):
    """Trains the model as the supernet is trained, and for as many images, so that only attention tells them apart."""

    @property
    def place(self) -> Path:
        return self.context.folder.path / "baseline.keras"

    @property
    def as_given(self) -> float | None:
        """What the model reaches on the test images as it was given, as a score; None where that was not kept."""
        unit, results = self.context.unit, self.context.folder.json(self._given)
        return None if results is None else unit.turned(results[unit.objective])

    @property
    def _given(self) -> Path:
        return self.context.folder.path / "given.json"

    def make(self) -> keras.Model:
        context, seed = self.context, self.context.config.seed
        plain = Scheme.empty(context.architecture.stages)

        def build():
            return context.architecture.network(plain, share=True, name="plain")

        course = trainer.of_baseline(context.config)
        work = Work(build, "baseline", "fine-tune the model without attention", course, seed, seed)
        model = trainer.train(context, work)
        # As of the networks it is compared with: statistics that had not settled would pass for a lack of attention.
        if (images := context.architecture.calibration()) is not None:
            reestimate(model, images, context.config.search.batch_size)
        if context.by_task is not None:
            _, results, *_ = context.by_task.tested(context.by_task.architecture.model)
            context.folder.write_json(self._given, results)
        context.save(model, self.place)
        trainer.finish(context, "baseline")
        return model

    def read(self) -> keras.Model:
        return self.context.load(self.place)
